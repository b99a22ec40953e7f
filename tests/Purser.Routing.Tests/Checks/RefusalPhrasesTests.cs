using System.Text.Json;
using Purser.Routing.Checks;
using Purser.Routing.Tests.Understanding;
using Xunit;

namespace Purser.Routing.Tests.Checks;

public sealed class RefusalPhrasesTests
{
    /// <summary>126 answers in twelve languages, about as many refusals as answers that sound like one.</summary>
    [Fact]
    public void What_it_takes_for_refusals_on_labelled_answers_is_known()
    {
        var (right, wrong, missed) = (0, 0, 0);
        foreach (var line in File.ReadLines(Path.Combine(LabelledRequest.Root(), "tests", "vectors", "routing", "refusals.jsonl")))
        {
            using var read = JsonDocument.Parse(line);
            var isRefusal = read.RootElement.GetProperty("refusal").GetBoolean();
            var opens = RefusalPhrases.Opens(read.RootElement.GetProperty("text").GetString()!);
            right += opens && isRefusal ? 1 : 0;
            wrong += opens && !isRefusal ? 1 : 0;
            missed += !opens && isRefusal ? 1 : 0;
        }

        // As docs/router.md says.
        Assert.Equal((53, 2, 11), (right, wrong, missed));
    }

    [Fact]
    public void A_long_answer_is_none_however_it_begins() =>
        Assert.False(RefusalPhrases.Opens("I can't help with the first part. " + new string('x', 1200)));
}
