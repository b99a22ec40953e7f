using Purser.Routing.Bench;
using Purser.Routing.Learning;
using Xunit;

namespace Purser.Routing.Tests.Learning;

public sealed class LearnedPredictorTests
{
    private static readonly LearnedPredictor Trained = Train(1);

    [Fact]
    public void What_a_model_is_bad_at_is_predicted_with_about_its_rate()
    {
        Assert.InRange(Good("Prove that the group iron and salt, case 9000?", "weak"), 0.15, 0.45);
        Assert.InRange(Good("Name the capital of Peru and France, case 9001?", "weak"), 0.7, 0.95);
        Assert.InRange(Good("Prove that the group iron and salt, case 9000?", "strong"), 0.8, 0.97);
    }

    [Fact]
    public void A_model_that_nothing_was_learned_of_has_no_prediction() =>
        Assert.Null(Trained.Predict(PromptFeatures.Of("Name the capital of Peru"), "other"));

    [Fact]
    public void A_request_unlike_all_that_was_learned_from_is_not_familiar()
    {
        var alike = MadeOutcomes.Table(400, seed: 9).Prompts;
        Assert.InRange(alike.Count(prompt => Trained.Predict(PromptFeatures.Of(prompt), "weak")!.Value.IsFamiliar), 360, 400);
        Assert.False(
            Trained
                .Predict(PromptFeatures.Of("SELECT id FROM orders o JOIN lines l USING (id) WHERE l.qty > 10;"), "weak")!
                .Value.IsFamiliar
        );
        Assert.False(Trained.Predict(PromptFeatures.Of(""), "weak")!.Value.IsFamiliar);
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
        Assert.Equal(["strong", "weak"], read.Models);
        var prompt = PromptFeatures.Of("Derive the integral of a ring and water, case 3?");
        Assert.Equal(Trained.Predict(prompt, "weak"), read.Predict(prompt, "weak"));
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
    public void Examples_before_the_question_count_little()
    {
        var examples = string.Concat(Enumerable.Range(0, 12).Select(n => $"Which is a metal, case {n}?\nA) iron\nB) salt\nAnswer:\nA\n\n"));
        var prompt = examples + "Which planet is the largest of those?\nA) Mars\nB) Jupiter\nAnswer:";
        Assert.Equal(examples.Length, FinalItem.Start(prompt));
        Assert.Equal(0, FinalItem.Start("Which planet is the largest of those?\nA) Mars\nB) Jupiter\nAnswer:"));
        Assert.Equal(PromptForm.Names.Count, PromptForm.Of(prompt).Length);
    }

    private static double Good(string prompt, string model) => Trained.Predict(PromptFeatures.Of(prompt), model)!.Value.Good;

    private static LearnedPredictor Train(int seed)
    {
        var table = MadeOutcomes.Table(400);
        return LearnedPredictor.Train(
            [.. table.Prompts.Select(PromptFeatures.Of)],
            [.. table.Prompts.Select(QuestionFolds.Normalise)],
            table.Scores,
            seed
        );
    }
}
