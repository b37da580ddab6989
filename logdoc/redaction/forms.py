"""The forms of keys that tell by themselves what they are, as issuers document them and scanners look for them."""

from __future__ import annotations

import re

# Keys whose form tells them: (what issues it, pattern). The name is for the reader of this table.
_FORMS = (
    ("Hugging Face", r"\bhf_[A-Za-z0-9]{30,}"),
    ("AWS access key", r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b"),
    ("GitHub", r"\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_[A-Za-z0-9_]{22,}"),
    ("GitLab", r"\bgl(?:pat|rt|dt|ptt|soat)-[A-Za-z0-9_\-]{20,}"),
    ("Slack", r"\bxox[abeoprs]-[A-Za-z0-9\-]{10,}|\bxapp-\d-[A-Za-z0-9\-]{10,}"),
    ("Google", r"\bAIza[A-Za-z0-9_\-]{35}|\bya29\.[A-Za-z0-9_\-]{20,}|\bGOCSPX-[A-Za-z0-9_\-]{20,}"),
    ("OpenAI, Anthropic and alike", r"\bsk-(?!(?:[a-z]{1,20}-){1,9}[a-z]{1,20}\b)[A-Za-z0-9_\-]{20,}"),
    ("Perplexity, xAI, NVIDIA, RunPod", r"\b(?:pplx|xai|nvapi)-[A-Za-z0-9_\-]{24,}|\brpa_[A-Za-z0-9]{30,}"),
    ("Fireworks, Modal", r"\bfw_(?=[A-Za-z]*\d)[A-Za-z0-9]{20,}|\ba[ks]-(?=[A-Za-z]*\d)[A-Za-z0-9]{22}\b"),
    ("LangSmith, Pinecone", r"\blsv2_(?:pt|sk)_[A-Za-z0-9_]{20,}|\bpcsk_[A-Za-z0-9_]{20,}"),
    (
        "Notion, Figma, Airtable",
        r"\bntn_[A-Za-z0-9]{30,}|\bfigd_[A-Za-z0-9_\-]{20,}|\bpat[A-Za-z0-9]{14}\.[0-9a-f]{40,}",
    ),
    ("Notion", r"\bsecret_(?=[A-Za-z]*\d)[A-Za-z0-9]{40,}"),
    ("Atlassian, Alibaba Cloud", r"\bATATT3[A-Za-z0-9_\-=]{20,}|\bLTAI[A-Za-z0-9]{12,20}\b"),
    ("Shopify, Twilio, Mailgun", r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}|\bSK[0-9a-f]{32}\b|\bkey-[0-9a-f]{32}\b"),
    (
        "Grafana, Sentry, New Relic",
        r"\bgl(?:sa|c)_[A-Za-z0-9_=+/]{20,}|\bsntry[su]_[A-Za-z0-9_=+/]{20,}|\bNRAK-[A-Z0-9]{20,}",
    ),
    (
        "Doppler, Supabase, Tailscale",
        r"\bdp\.(?:pt|st|sa)\.[A-Za-z0-9]{30,}|\bsbp_[0-9a-f]{30,}|\btskey-[A-Za-z0-9\-]{20,}",
    ),
    ("Postman, Terraform", r"\bPMAK-[0-9a-f\-]{40,}|\.atlasv1\.[A-Za-z0-9_\-]{40,}"),
    ("Stripe", r"\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,}"),
    ("npm", r"\bnpm_[A-Za-z0-9]{30,}"),
    ("PyPI", r"\bpypi-[A-Za-z0-9_\-]{30,}"),
    ("SendGrid", r"\bSG\.[A-Za-z0-9_\-]{16,}\.[A-Za-z0-9_\-]{16,}"),
    ("Databricks", r"\bdapi[0-9a-f]{32}\b"),
    ("Vault", r"\bhv[sb]\.[A-Za-z0-9_\-]{20,}"),
    ("Docker", r"\bdckr_(?:pat|oat)_[A-Za-z0-9_\-]{20,}"),
    ("DigitalOcean", r"\bdo[opr]_v1_[0-9a-f]{40,}"),
    ("Groq, Replicate, Linear", r"\bgsk_[A-Za-z0-9]{30,}|\br8_[A-Za-z0-9]{30,}|\blin_api_[A-Za-z0-9]{30,}"),
    ("Weights & Biases", r"\bwandb_v1_[A-Za-z0-9_\-]{30,}"),
    ("Hugging Face, of an organisation", r"\b(?:hf_)?api_org_[A-Za-z0-9]{30,}"),
    (
        "Tavily, Jina, Firecrawl, Cerebras, E2B",
        r"\b(?:tvly|csk)-[A-Za-z0-9_\-]{24,}|\bjina_[A-Za-z0-9_\-]{40,}|\bfc-[0-9a-f]{32}\b|\be2b_[0-9a-f]{36,}",
    ),
    (
        "Cloudflare, Vercel",
        r"\bcf[ua]t_[A-Za-z0-9]{36,}|\bvercel_blob_rw_[A-Za-z0-9_]{20,}|\bvc[pikar]_[A-Za-z0-9]{40,}",
    ),
    ("Square, Brevo", r"\bsq0[a-z]{3}-[A-Za-z0-9_\-]{22,}|\bEAAA[A-Za-z0-9_\-]{56,}|\bxkeysib-[0-9a-f]{60,}"),
    (
        "password handed over by a pipe",
        (
            r"(?<=echo )['\"]?[^\s'\"|$]{6,200}['\"]?(?=\s{0,3}\|\s{0,3}(?:sudo\s+-S\b"
            r"|[^\n|]{0,100}(?:password|token)-stdin|gh\s+auth\s+login\s+--with-token))"
        ),
    ),
    ("Telegram", r"(?:\b|(?<=/bot))\d{8,10}:AA[A-Za-z0-9_\-]{32,}"),
    ("Heroku", r"\bHRKU-[A-Za-z0-9_\-]{30,}"),
    ("JSON web token", r"\beyJ[A-Za-z0-9_\-]{8,}\.eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]*"),
    ("private key", r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----[^-]{0,8000}(?:-----END [A-Z ]{0,38}-----)?"),
    ("age", r"\bAGE-SECRET-KEY-1[A-Z0-9]{20,}"),
    ("webhook", r"(?:\b|(?<=%2F))hooks\.slack\.com(?:/|%2F)(?:services|workflows)(?:/|%2F)[A-Za-z0-9/%_\-]{10,}"),
    ("webhook", r"\bdiscord(?:app)?\.com/api/webhooks/[A-Za-z0-9/_\-]{10,}|\.webhook\.office\.com/\S{10,}"),
    (
        "user and password in an address",
        r"(?:(?<=://)|(?<=:/)|(?<=:__)|(?<=:%2[Ff]%2[Ff]))[^\s/:@]{0,100}:[^\s/@]{1,200}(?=@)",
    ),
    ("key in the place of a user", r"(?<=://)(?=[A-Za-z]*\d)[A-Za-z0-9]{30,200}(?=@)"),
    (
        "signature or token in an address",
        (
            r"(?<=[?&])(?:sig|Signature|X-(?:Amz|Goog)-(?:Signature|Security-Token)|(?:access_)?token|(?:api_)?key|password"
            r"|secret)=[^&\s]{6,500}"
        ),
    ),
    ("storage account", r"\bAccountKey=[A-Za-z0-9+/=]{20,}"),
    ("authorisation header", r"\b(?:[Bb]earer|[Bb]asic)\s+(?=\S*[\d+/=_.\-])[A-Za-z0-9+/=_.\-]{12,}"),
    ("user and password of curl", r"(?:(?<= -u )|(?<=--user ))(?!\d+:\d+\b)[^\s:/'\"]{1,60}:[^\s'\"]{3,200}"),
    ("passphrase", r"(?:(?<=passphrase=)|(?<=passphrase: )|(?<=PASSPHRASE=))(?!\[)[^\n;,'\"]{3,200}"),
    ("cookie header", r"(?:(?<=Cookie: )|(?<=cookie: ))\S[^\n]{3,500}"),
)
FORM = re.compile("|".join(f"(?:{pattern})" for _, pattern in _FORMS))
