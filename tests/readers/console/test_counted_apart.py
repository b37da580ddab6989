"""Counts that are not those of the losses: of the validation, of a bar beside a warning, of every process."""

from __future__ import annotations

from logdoc.context.roles import understand


def test_a_validation_that_counts_its_own_iterations_is_of_the_same_run(run_of):
    text = ""
    for epoch in range(40, 48):
        for batch in range(3):
            step = 4_000 + 24 * (epoch - 40) + 8 * batch
            text += f"epoch : {epoch}, iteration : {step}, train loss : {90 / epoch + batch / 10:.4f}\n"
        for batch in range(2):
            text += (
                f"epoch : {epoch}, iteration : {500 + 12 * (epoch - 40) + 6 * batch}, val loss : {100 / epoch:.4f}\n"
            )

    run = run_of(text)

    assert run.series["train loss"].steps.tolist() == list(range(4_000, 4_000 + 8 * 24, 8))
    assert run.series["val loss"].steps.tolist() == [4_016 + 24 * n for n in range(8)]


def test_losses_without_a_step_stay_beside_a_bar_that_counts_its_warnings(run_of):
    text = "".join(f"{{'loss': {3 - n / 10:.2f}, 'learning_rate': 1e-05, 'epoch': {n / 10}}}\n" for n in range(8))
    scale = 65_536
    for step in range(81, 95):
        text += f"  4%|#   | {step}/2000 [10:5{step % 10}<9:00:00, 2.0s/it][INFO] [loss_scaler.py:181:update_scale] "
        text += f"OVERFLOW! Rank 0 Skipping step. Attempted loss scale: {scale}, reducing to {scale // 2}\n"
        scale //= 2

    run = run_of(text)

    assert run.series["loss"].values.size == 8
    assert run.series["Attempted loss scale"].values[0] == 65_536
    assert not any(".py" in name for name in run.series)


def test_averages_that_every_process_prints_are_read_once(run_of):
    text = ""
    for step in range(100, 1_100, 100):
        for process in (140_017, 140_018, 140_019):
            text += f"I0402 10:{step // 100:02d}:01.12345{process % 10} {process} logging_writer.py:35] [{step}] "
            text += f"steps_per_second=1.{process % 10}, train_accuracy=0.{step}, train_loss={900 / step:.5f}\n"

    run = run_of(text)

    assert run.series["train_loss"].steps.tolist() == list(range(100, 1_100, 100))


def test_the_length_of_an_episode_is_no_count_of_steps(run_of):
    row = " {}/9000: episode: {}, duration: 1.2s, episode steps: {}, episode reward: {:.3f}, loss: {:.4f}\n"
    text = "".join(row.format(900 * n, 5 * n, 100 + (37 * n) % 90, -200.0 + n, 3 / n) for n in range(1, 9))

    assert run_of(text).series["loss"].steps.tolist() == [900 * n for n in range(1, 9)]


def test_a_validation_that_is_called_vali(run_of):
    row = "Epoch: {}, Steps: 266 | Train Loss: {:.4f} Vali Loss: {:.4f}\n"
    run = run_of("".join(row.format(n, 1 / n, 2 / n) for n in range(1, 7)))

    assert understand(run).names["Vali Loss"][0] == "val.loss"


def test_a_table_whose_first_heading_ends_in_a_colon(run_of):
    text = "ITER:       LOSS       GRADNORM\n" + "".join(f"{n}:\t{9 / n:.5f}\t{4 / n:.5f}\n" for n in range(101, 109))

    assert run_of(text).series["LOSS"].steps.tolist() == list(range(101, 109))


def test_the_error_rates_of_tesseract_are_read_as_such(run_of):
    row = "At iteration {}/{}/{}, Mean rms=1.5%, delta={}%, char train={:.2f}%, word train={:.2f}%, skip ratio=0%,\n"
    text = "".join(row.format(90 * n, 100 * n, 101 * n, 9 / n, 60 / n, 90 / n) for n in range(1, 9))
    run = run_of(text)

    names = understand(run).names
    assert names["train word error rate"][0] == "train.error[word error rate]"
    assert names["train char error rate"][0] == "train.loss"  # what the program minimises is not printed


def test_a_bar_that_is_drawn_twice_for_each_step_counts_once(run_of):
    text = ""
    for step in range(1, 31):
        for loss in (4 - step / 20, 4 - (step + 1) / 20):
            text += f"Epoch 0:  {step}%|#   | {step}/90 [00:{step:02d}<01:02,  4.1s/it, loss={loss:.3f}, v_num=7]\n"

    loss = run_of(text).series["loss"]

    assert loss.steps.tolist() == list(range(1, 31))
    assert loss.values[0] == 3.9


def test_spacys_first_row_of_one_batch_is_no_sum(run_of):
    text = "E    #       LOSS TOK2VEC  LOSS NER  ENTS_F  ENTS_P  ENTS_R  SCORE \n"
    text += "---  ------  ------------  --------  ------  ------  ------  ------\n"
    text += "  0       0          0.00     31.00    3.10    3.20    3.00    0.03\n"
    text += "".join(
        f"  0    {200 * n:4}         {9 + n:5.2f}   {900 / n:7.2f}   {70 + n:5.2f}   70.00   70.00    0.7{n}\n"
        for n in range(1, 8)
    )

    run = run_of(text)

    assert run.series["LOSS NER"].steps.tolist() == list(range(200, 1_600, 200))
    assert run.series["ENTS_F"].steps.tolist() == list(range(0, 1_600, 200))


def test_the_split_of_a_row_may_be_given_to_it_with_an_equal_sign(run_of):
    row = "ep={:02} tr=['set_a'] loss={:.3f} err=0.4 valid=dev loss={:.3f} err=0.3 time(s)=90\n"
    names = understand(run_of("".join(row.format(n, 9 / n, 8 / n) for n in range(1, 9)))).names

    assert [names[name][0] for name in ("loss", "val loss")] == ["train.loss", "val.loss"]


def test_headings_of_two_words_for_the_losses(run_of):
    rows = "".join(f"{n} nan nan 0.99{n} 0.00000\n" for n in range(4))
    names = understand(run_of(f"epoch train loss valid loss accuracy_thresh f2_opt\n{rows}")).names

    assert [names[name][0] for name in ("train_loss", "valid_loss")] == ["train.loss", "val.loss"]


def test_words_with_numbers_between_bars_are_rows_of_a_console(run_of):
    row = "iter  {:4} | loss {:.3f} | recon {:.3f} | kl {:.3f} | 0.31 s/it\n"
    run = run_of("".join(row.format(100 * n, 9 / n, 8 / n, 1 / n) for n in range(1, 9)))

    assert run.series["loss"].steps.tolist() == list(range(100, 900, 100))


def test_a_nan_to_which_the_next_word_is_glued_is_read(run_of):
    losses = [f"{0.6 / n:.10f}" for n in range(1, 9)] + ["nan"] * 4
    text = "".join(f"{n}:\tlearn {loss}passed: 17.{n} sec\tremaining: 3m\n" for n, loss in enumerate(losses))

    loss = run_of(text).series["train loss"]

    assert loss.values.size == 12
    assert loss.values[-1] != loss.values[-1]


def test_updates_that_are_counted_as_nupdates_are_steps(run_of):
    row = "epoch:        {} | nupdates:          {} | lr: 0.025 | loss:    {:.5f} | train-WER: {:.2f}\n"
    run = run_of("".join(row.format(1 + n // 5, 400 * n, 9 / n, 90 / n) for n in range(1, 11)))

    assert run.series["loss"].steps.tolist() == list(range(400, 4_400, 400))


def test_evaluations_that_are_counted_without_an_epoch_begin_no_training(run_of):
    lines = []
    for epoch in range(1, 9):
        lines += [f"epoch {epoch}, iter {n}, avg. loss {90 / (6 * epoch + n / 500):.3f}" for n in range(500, 3001, 500)]
        lines.append(f"validation: iter {epoch}, dev. ppl {40 / epoch:.4f}")

    run = run_of("\n".join(lines) + "\n")

    [held] = [series for name, series in run.series.items() if "ppl" in name]
    assert held.values.tolist() == [round(40 / epoch, 4) for epoch in range(1, 9)]
    assert held.steps.tolist() == [3000 * epoch for epoch in range(1, 9)]
    assert len(run.series["loss"]) == 48
