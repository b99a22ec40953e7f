using Purser.Routing.Bench;
using Purser.Routing.Learning;
using Purser.Routing.Understanding;
using Xunit;

namespace Purser.Routing.Tests.Learning;

public sealed class LearnedPredictorTests
{
    private static readonly LearnedModel Trained = Train(1);

    [Fact]
    public void What_a_model_is_bad_at_is_predicted_with_about_its_rate()
    {
        Assert.InRange(Good("Prove that the group iron and salt, case 9000?", "weak"), 0.15, 0.45);
        Assert.InRange(Good("Name the capital of Peru and France, case 9001?", "weak"), 0.7, 0.95);
        Assert.InRange(Good("Prove that the group iron and salt, case 9000?", "strong"), 0.8, 0.97);
    }

    [Fact]
    public void A_model_that_nothing_was_learned_of_has_no_prediction() =>
        Assert.Null(Trained.Predictor.Predict(RequestReader.ReadPrompt("Name the capital of Peru"), "other"));

    [Fact]
    public void A_request_unlike_all_that_was_learned_from_is_not_familiar()
    {
        var alike = MadeOutcomes.Table(400, seed: 9).Prompts;
        Assert.InRange(
            alike.Count(prompt => Trained.Predictor.Predict(RequestReader.ReadPrompt(prompt), "weak")!.Value.IsFamiliar),
            360,
            400
        );
        Assert.False(
            Trained
                .Predictor.Predict(RequestReader.ReadPrompt("SELECT id FROM orders o JOIN lines l USING (id) WHERE l.qty > 10;"), "weak")!
                .Value.IsFamiliar
        );
        Assert.False(Trained.Predictor.Predict(RequestReader.ReadPrompt(""), "weak")!.Value.IsFamiliar);
    }

    [Fact]
    public void Training_again_makes_the_same_bytes_and_another_seed_others()
    {
        Assert.Equal(ModelFile.Write(Trained), ModelFile.Write(Train(1)));
        Assert.NotEqual(Trained.Version, Train(2).Version);
    }

    [Fact]
    public void A_file_that_was_written_is_read_as_it_was()
    {
        var read = ModelFile.Read(ModelFile.Write(Trained));
        Assert.Equal(Trained.Version, read.Version);
        Assert.Equal(["strong", "weak"], read.Predictor.Models);
        var prompt = RequestReader.ReadPrompt("Derive the integral of a ring and water, case 3?");
        Assert.Equal(Trained.Predictor.Predict(prompt, "weak"), read.Predictor.Predict(prompt, "weak"));
    }

    [Fact]
    public void An_altered_file_is_refused_by_name()
    {
        var file = ModelFile.Write(Trained);
        file[^7] ^= 1;
        Assert.Contains("altered", Assert.Throws<InvalidDataException>(() => ModelFile.Read(file)).Message, StringComparison.Ordinal);
        file[12]++;
        Assert.Contains(
            "another version",
            Assert.Throws<InvalidDataException>(() => ModelFile.Read(file)).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "not a router model",
            Assert.Throws<InvalidDataException>(() => ModelFile.Read("PURS"u8.ToArray())).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Held_out_rows_are_the_training_rows_as_they_were_expected_before()
    {
        var read = ModelFile.Read(ModelFile.Write(Trained));
        var table = MadeOutcomes.Table(400);
        Assert.Equal(400, read.HeldOut.Count);
        for (var row = 0; row < 400; row++)
        {
            Assert.Equal(RequestReader.ReadPrompt(table.Prompts[row]).Class, read.HeldOut[row].Class);
            Assert.Equal(["strong", "weak"], read.HeldOut[row].Scores.Select(score => score.Model));
            Assert.Equal(table.Scores["weak"][row], read.HeldOut[row].Scores[1].Score);
        }

        // Calibrated without having seen the outcomes: as many are good as are expected to be.
        var weak = read.HeldOut.Select(row => row.Scores[1]).Where(score => !double.IsNaN(score.Expected)).ToList();
        Assert.InRange(weak.Count, 370, 400);
        Assert.InRange(weak.Average(score => score.Expected) - weak.Average(score => score.Score), -0.03, 0.03);
        Assert.True(
            weak.Where(score => score.Score > 0).Average(score => score.Expected)
                > weak.Where(score => score.Score < 1).Average(score => score.Expected) + 0.2
        );
    }

    [Fact]
    public void What_is_expected_of_a_held_out_row_hardly_depends_on_its_outcome()
    {
        var table = MadeOutcomes.Table(100);
        var other = table.Scores.ToDictionary(each => each.Key, each => each.Value.ToArray());
        other["weak"][7] = 1 - other["weak"][7];
        var (one, changed) = (Train(table, 1), Train(table with { Scores = other }, 1));

        // By no more than what the mean, and the mix of the experts over all rows, have of one in a hundred.
        Assert.InRange(one.HeldOut[7].Scores[1].Expected - changed.HeldOut[7].Scores[1].Expected, -0.03, 0.03);
        Assert.NotEqual(one.HeldOut.Select(row => row.Scores[1].Expected), changed.HeldOut.Select(row => row.Scores[1].Expected));
    }

    [Fact]
    public void Models_may_have_scores_of_different_rows_and_one_with_too_few_is_left_out()
    {
        var table = MadeOutcomes.Table(200);
        var scores = table.Scores.ToDictionary(each => each.Key, each => each.Value.ToArray());
        Array.Fill(scores["weak"], float.NaN, 0, 60);
        Array.Fill(scores["strong"], float.NaN, 150, 50);
        scores["rare"] = [.. table.Scores["weak"].Select((score, row) => row < LearnedModel.LeastRows - 1 ? score : float.NaN)];

        var trained = Train(table with { Scores = scores }, 1);

        Assert.Equal(["strong", "weak"], trained.Predictor.Models);
        Assert.Equal(["strong"], trained.HeldOut[0].Scores.Select(score => score.Model));
        Assert.Equal(["strong", "weak"], trained.HeldOut[100].Scores.Select(score => score.Model));
        Assert.Equal(["weak"], trained.HeldOut[199].Scores.Select(score => score.Model));
        var (hard, easy) = ("Prove that the group iron and salt, case 9000?", "Name the capital of Peru and France, case 9001?");
        Assert.True(Good(trained, hard) + 0.2 < Good(trained, easy));
    }

    [Fact]
    public void A_file_is_hardly_larger_than_what_is_in_it()
    {
        var table = MadeOutcomes.Table(400);
        var grams = table.Prompts.Sum(prompt => RequestReader.ReadPrompt(prompt).Grams.Length);
        Assert.InRange(ModelFile.Write(Trained).Length, 10_000, 400_000 + (10 * grams));
    }

    private static double Good(LearnedModel model, string prompt) =>
        model.Predictor.Predict(RequestReader.ReadPrompt(prompt), "weak")!.Value.Good;

    private static double Good(string prompt, string model) =>
        Trained.Predictor.Predict(RequestReader.ReadPrompt(prompt), model)!.Value.Good;

    private static LearnedModel Train(int seed) => Train(MadeOutcomes.Table(400), seed);

    private static LearnedModel Train(OutcomeTable table, int seed) =>
        LearnedModel.Train(
            [.. table.Prompts.Select(RequestReader.ReadPrompt)],
            [.. table.Prompts.Select(QuestionFolds.Normalise)],
            table.Scores,
            seed
        );
}
