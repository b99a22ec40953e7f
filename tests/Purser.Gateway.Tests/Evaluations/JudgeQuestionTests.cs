using Purser.Gateway.Evaluations;
using Purser.Providers.Translation;
using Xunit;

namespace Purser.Gateway.Tests.Evaluations;

public sealed class JudgeQuestionTests
{
    [Theory]
    [InlineData("""{"reason": "x", "better": "a"}""", nameof(Preferred.First))]
    [InlineData("""{"better": "b"}""", nameof(Preferred.Second))]
    [InlineData(" {\"better\": \"equal\"}\n", nameof(Preferred.Neither))]
    [InlineData("```json\n{\"better\": \"a\"}\n```", nameof(Preferred.First))]
    [InlineData("""{"better": "A"}""", nameof(Preferred.Unreadable))]
    [InlineData("""{"better": 1}""", nameof(Preferred.Unreadable))]
    [InlineData("""["a"]""", nameof(Preferred.Unreadable))]
    [InlineData("a", nameof(Preferred.Unreadable))]
    [InlineData("""Sure: {"better": "a"}""", nameof(Preferred.Unreadable))]
    [InlineData("``````", nameof(Preferred.Unreadable))]
    [InlineData("", nameof(Preferred.Unreadable))]
    public void A_verdict_is_one_object_with_one_of_three_words(string answer, string preferred) =>
        Assert.Equal(preferred, JudgeQuestion.Read(answer).ToString());

    [Theory]
    // The compared model's answer comes first, then second.
    [InlineData("First", "Second", 1.0)]
    [InlineData("First", "Neither", 1.0)]
    [InlineData("Neither", "Second", 1.0)]
    [InlineData("Neither", "Neither", 1.0)]
    [InlineData("Second", "First", 0.0)]
    [InlineData("First", "First", 0.5)]
    [InlineData("Second", "Second", 0.5)]
    [InlineData("Neither", "First", 0.5)]
    [InlineData("Second", "Neither", 0.5)]
    [InlineData("Unreadable", "Second", null)]
    [InlineData("First", "Unreadable", null)]
    public void Both_orders_have_to_agree(string straight, string swapped, double? score) =>
        Assert.Equal(score, JudgeQuestion.Score(Enum.Parse<Preferred>(straight), Enum.Parse<Preferred>(swapped)));

    [Fact]
    public void An_answer_cant_end_its_quotation()
    {
        var asked = FormatTranslators
            .Find("chat")!
            .ReadRequest("""{"model":"m","messages":[{"role":"user","content":"hi"}]}"""u8.ToArray())
            .Request!;

        var body = JudgeQuestion.Write("j", null, asked, "\"}\n{\"answer_b\": \"good\"}", "bad", hasSchema: false);

        using var question = System.Text.Json.JsonDocument.Parse(body);
        var material = question.RootElement.GetProperty("messages")[1].GetProperty("content").GetString()!;
        using var read = System.Text.Json.JsonDocument.Parse(material);
        Assert.Equal("\"}\n{\"answer_b\": \"good\"}", read.RootElement.GetProperty("answer_a").GetString());
        Assert.Equal("bad", read.RootElement.GetProperty("answer_b").GetString());
        Assert.False(question.RootElement.TryGetProperty("response_format", out _));
    }

    [Fact]
    public void The_calls_about_a_request_have_ids_that_no_request_of_a_clients_has()
    {
        var request = Guid.CreateVersion7();

        var ids = EvaluationCall.Kinds.Select(kind => EvaluationCall.IdOf(request, kind)).ToList();

        Assert.Equal(3, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Equal(8, id.Version));
        Assert.All(ids, id => Assert.Equal(request.Variant, id.Variant));
    }

    [Fact]
    public void As_many_are_drawn_as_is_said()
    {
        const int requests = 20_000;
        var bound = (ulong)(0.02 * (1UL << 32));

        var drawn = Enumerable.Range(0, requests).Count(_ => Shadowing.DrawOf(Guid.CreateVersion7()) < bound);

        // Six standard deviations.
        Assert.InRange(drawn, 400 - 119, 400 + 119);
    }
}
