"""What libraries say of a training by themselves, and which fact that is."""

from __future__ import annotations

import pytest

from logdoc.vocabulary.messages import load_messages, messages_of
from logdoc.vocabulary.registry import load_registry

SAID = {
    "shapes_broadcast": "UserWarning: Using a target size (torch.Size([8])) that is different to the input size "
    "(torch.Size([8, 1])). This will likely lead to incorrect results due to broadcasting.",
    "softmax_without_axis": "UserWarning: Implicit dimension choice for softmax has been deprecated.",
    "divergence_over_elements": "UserWarning: reduction: 'mean' divides the total loss by both the batch size and the "
    "support size.'batchmean' divides only by the batch size.",
    "no_gradients": "WARNING:tensorflow:Gradients do not exist for variables ['gate:0'] when minimizing the loss.",
    "not_a_leaf": "UserWarning: The .grad attribute of a Tensor that is not a leaf Tensor is being accessed.",
    "tensor_copied": "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone()",
    "updates_skipped": "WARNING: The grad norm is inf. Skipping updating the model.",
    "arithmetic": "net.py:31: RuntimeWarning: divide by zero encountered in log",
    "nothing_trainable": "trainable params: 0 || all params: 7,340,032 || trainable%: 0.0",
    "summary_before_freeze": "UserWarning: Discrepancy between trainable weights and collected trainable weights",
    "layers_new": "Some weights are newly initialized: ['encoder.layer.3.output.dense.weight']",
    "optimizer_state_lost": "UserWarning: Skipping variable loading for optimizer 'adam', because it has 2 variables",
    "parts_in_eval_mode": "Found 12 module(s) in eval mode at the start of training.",
    "not_optimised": "WARNING: Params module.mask.weight will not be optimized.",
    "nan_logged": "NaN or Inf found in input tensor.",
    "softmax_of_one": "You are using a softmax over axis -1 of a tensor of shape (None, 1). This axis has size 1.",
    "amp_failed": "AMP: checks failed. Anomalies were detected with AMP on your system.",
    "mean_of_nothing": "RuntimeWarning: Mean of empty slice.",
    "no_optimizer": "`configure_optimizers` returned `None`, this fit will run with no optimizer",
    "class_absent": "Only one class is present in y_true. ROC AUC score is not defined in that case.",
    "outside_space": "WARN: The obs returned by the `step()` method is not within the observation space.",
    "divergence_negative": "UserWarning: KL divergence is starting to become negative: -1.20",
    "ratio_too_large": "UserWarning: The average ratio of batch (15.2) exceeds threshold 10.00. Skipping batch.",
    "scheduler_first": "UserWarning: Detected call of `lr_scheduler.step()` before `optimizer.step()`.",
    "no_split_gains": "[LightGBM] [Warning] No further splits with positive gain, best gain: -inf",
    "one_class": "Found 731 images belonging to 1 classes.",
    "no_data": "Found 0 images belonging to 0 classes.",
    "labels_missing": "WARNING No labels found in /data/fruit/labels.cache.",
    "labels_ignored": "UserWarning: Could not find response key `A:` in the following instance: Q: why",
    "data_ran_out": "WARNING:tensorflow:Your input ran out of data; interrupting training.",
    "loader_workers": "This DataLoader will create 16 worker processes in total. Our suggested max number "
    "of worker in current system is 4",
    "class_never_predicted": "Recall and F-score are ill-defined and being set to 0.0 in labels "
    "with no predicted samples.",
    "callback_idle": "WARNING:tensorflow:Can save best model only with val_auc available, skipping.",
    "rate_callback_idle": "Learning rate reduction is conditioned on metric `val_auc` which is not available.",
    "not_converged": "ConvergenceWarning: lbfgs failed to converge (status=1):",
    "setting_unknown": 'WARNING: learner.cc:740: \nParameters: { "ntree" } are not used.',
    "no_accelerator": "GPU available: True (cuda), used: False",
    "memory_skipped": "| WARNING: attempting to recover from OOM in forward/backward pass",
    "stepped_after_end": "You are calling 'step()' even though this environment has already returned done = True.",
    "actions_unscaled": "UserWarning: We recommend you to use a symmetric and normalized Box action space",
    "returns_altered": "UserWarning: Evaluation environment is not wrapped with a ``Monitor`` wrapper.",
}


OTHERS = [
    (
        "softmax_of_one",
        "In loss categorical_crossentropy, expected y_pred.shape to be (batch_size, num_classes) with num_classes > 1.",
    ),
    (
        "no_gradients",
        "Gradient of Parameter `dense0_weight` on context gpu(0) has not been updated by backward since last",
    ),
    ("updates_skipped", "`training_step` returned `None`. If this was on purpose, ignore this warning..."),
    ("nothing_trainable", "UserWarning: The model does not have any trainable weights."),
    ("layers_new", "Transferred 0/355 items from pretrained weights"),
    ("layers_new", "Found missing adapter keys while loading the checkpoint: ['a.lora_A']"),
    ("one_class", "[LightGBM] [Warning] Contains only one class"),
    ("no_split_gains", "[LightGBM] [Warning] There are no meaningful features which satisfy the configuration."),
    ("labels_missing", "ignoring corrupt image/label: non-normalized or out of bounds coordinates [1.2]"),
    ("class_absent", "No positive samples in y_true, true positive value should be meaningless"),
    ("updates_skipped", "Skip batch 12 due to non-finite gradients."),
    ("updates_skipped", "loss is nan at step 3, skipping"),
    ("updates_skipped", "WARNING: received an inf loss, setting loss value to 0"),
    ("class_never_predicted", "UserWarning: the prediction of class 3 is all 0, this may result in nan/inf distance."),
    ("no_accelerator", "You are attempting to run training on a CPU (torch.cuda.is_available() is False)."),
    ("nothing_trainable", "Trainable params: 0 (0.00 B)"),
    ("nothing_trainable", "0         Trainable params"),
]


@pytest.mark.parametrize(("name", "text"), [*SAID.items(), *OTHERS])
def test_a_message_is_known_by_the_words_of_its_library(name: str, text: str) -> None:
    assert name in [message.name for message in messages_of(text)]


def test_every_message_is_shown_here_and_is_a_fact_of_the_vocabulary() -> None:
    names = [message.name for message in load_messages()]

    assert sorted(names) == sorted(SAID)
    assert {f"said.{name}" for name in names} == {f for f in load_registry().facts if f.startswith("said.")}


@pytest.mark.parametrize(
    "text",
    [
        "epoch 3 loss 0.52 acc 0.81",
        "trainable params: 1,048,576 || all params: 7,340,032 || trainable%: 14.3",
        "Trainable params: 0.5 M",
        "10    Trainable params",
        "Found 731 images belonging to 12 classes.",
        "Some weights are newly initialized: ['classifier.bias', 'classifier.weight']",
        "GPU available: True (cuda), used: True",
        "We skip the warm-up where the loss is small",
        "the target size is 64",
    ],
)
def test_what_is_said_in_passing_is_no_message(text: str) -> None:
    assert messages_of(text) == ()
