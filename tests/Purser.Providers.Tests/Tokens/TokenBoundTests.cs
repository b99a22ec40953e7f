using System.Diagnostics;
using System.Text;
using System.Text.Json;
using CsCheck;
using Purser.Providers.Tokens;

namespace Purser.Providers.Tests.Tokens;

public class TokenBoundTests
{
    private static long? Bound(string body, string model = "gpt-4o") =>
        TokenBound.Input(Wire.Bytes(body), ProviderCatalog.Chat.Facts(body), model);

    private static string Body(string text) =>
        JsonSerializer.Serialize(new { model = "m", messages = new[] { new { role = "user", content = text } } });

    [Theory]
    [InlineData("gpt-4o")]
    [InlineData("gpt-4.1-mini")]
    [InlineData("gpt-5.1")]
    [InlineData("o3-mini")]
    [InlineData("ft:gpt-4o-mini:org::1")]
    [InlineData("gpt-4-turbo")]
    [InlineData("gpt-3.5-turbo")]
    public void Plain_words_then_about_one_token_each(string model)
    {
        // " hello" is one token in both encodings, and five more for the strings of the frame.
        var text = string.Concat(Enumerable.Repeat(" hello", 1000));

        // The words, 2 %, and no more than a hundred for the frame.
        Assert.InRange(Bound(Body(text), model)!.Value, 1003, 1120);
    }

    [Theory]
    [InlineData("claude-opus-5")]
    [InlineData("gpt-oss-120b")]
    [InlineData("gpt-40")]
    [InlineData("gpt-6")]
    [InlineData("gpt-4o-search-preview")]
    [InlineData("llama")]
    public void Model_of_unknown_encoding_then_none(string model) => Assert.Null(Bound(Body("hi"), model));

    [Theory]
    [InlineData("""{"model":"m","messages":[{"content":[{"type":"image_url","image_url":{"url":"data:,"}}]}]}""")]
    [InlineData("""{"model":"m","previous_response_id":"r"}""")]
    [InlineData("""{"model":"m","web_search_options":{}}""")]
    public void Input_that_the_text_does_not_bound_then_none(string body) => Assert.Null(Bound(body));

    [Fact]
    public void Short_body_then_its_bytes() => Assert.Equal(Body("hi").Length, Bound(Body("hi")));

    [Fact]
    public void Names_of_special_tokens_in_text_then_counted_as_text()
    {
        // To the provider: <, |, endo, ft, ext, |, > or the like: at least five tokens, where the vocabulary has one.
        var text = string.Concat(Enumerable.Repeat("<|endoftext|>", 1000));

        Assert.InRange(Bound(Body(text))!.Value, 5_000, 13_200);
    }

    [Fact]
    public void Escapes_then_counted_as_the_characters_that_they_are()
    {
        var text = string.Concat(Enumerable.Repeat("\\u0020hello", 1000));

        Assert.InRange(Bound("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"" + text + "\"}]}")!.Value, 1003, 1120);
    }

    [Fact]
    public void Tools_then_their_names_and_schemas_are_counted()
    {
        var words = string.Concat(Enumerable.Repeat(" hello", 500));
        var body =
            "{\"model\":\"m\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":\""
            + words
            + "\",\"parameters\":{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\",\"description\":\""
            + words
            + "\"}}}}}]}";

        Assert.InRange(Bound(body)!.Value, 1000, 1160);
    }

    public static TheoryData<string, string> Hostile =>
        new()
        {
            { "one letter", "a" },
            { "one space", " " },
            { "one sign", "=" },
            { "slashes and line ends", "/\n" },
            { "signs and line ends", "-\n" },
            { "letters with marks", "a\u0301" },
            { "letters in both cases", "aA" },
            { "pairs of surrogates", "\U0001F600" },
            { "ideographs", "語" },
            { "special tokens", "<|" },
            { "apostrophes", "a's" },
            { "spaces and line ends", " \n" },
        };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Long_runs_then_the_time_is_linear_and_the_bound_is_no_more_than_the_bytes(string name, string unit)
    {
        _ = Bound(Body("load the vocabulary"));
        var text = string.Concat(Enumerable.Repeat(unit, 1_000_000 / unit.Length));
        var body = Body(text);

        var clock = Stopwatch.StartNew();
        var bound = Bound(body)!.Value;

        // Squared, this would be hours.
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"{name}: {clock.Elapsed}");
        Assert.InRange(bound, text.Length / 128, Encoding.UTF8.GetByteCount(body));
    }

    private static readonly string[] Pieces =
    [
        " hello",
        "Wörter",
        "\n\n",
        "   ",
        "12345",
        "/",
        "<|endoftext|>",
        "'s",
        "e\u0301",
        "\U0001F468\u200D\U0001F469",
        "語の",
        "=",
        "{\"a\":",
        "\t",
        "\u00A0",
    ];

    [Fact]
    public void Any_text_then_never_below_its_tokens_in_one_piece()
    {
        var o200k = Microsoft.ML.Tokenizers.TiktokenTokenizer.CreateForEncoding("o200k_base");
        var cl100k = Microsoft.ML.Tokenizers.TiktokenTokenizer.CreateForEncoding("cl100k_base");
        Gen.Select(Gen.Int[0, Pieces.Length - 1], Gen.Frequency((9, Gen.Int[1, 3]), (1, Gen.Int[100, 300])))
            .Array[0, 40]
            .Sample(
                parts =>
                {
                    var text = string.Concat(parts.Select(part => string.Concat(Enumerable.Repeat(Pieces[part.Item1], part.Item2))));
                    var body = Body(text);
                    return Bound(body)!.Value >= Math.Min(o200k.CountTokens(text), Encoding.UTF8.GetByteCount(body))
                        && Bound(body, "gpt-4")!.Value >= Math.Min(cl100k.CountTokens(text), Encoding.UTF8.GetByteCount(body));
                },
                iter: 200
            );
    }

    // Costs in dollars of real calls, with one token of output at least: (cost - price of a token out) / price of a token in
    // is the most input that was billed. Prices a million tokens of that time: 10 and 30, 1 and 2.
    [Theory]
    [InlineData("gpt-4-1106-preview", 10, 30)]
    [InlineData("gpt-3.5-turbo-1106", 1, 2)]
    public void Calls_that_were_billed_then_never_below(string model, int input, int output)
    {
        var checkedRows = 0;
        foreach (var row in Csv.Rows(File("routerbench_subset.csv")))
        {
            var cost = decimal.Parse(
                row[model + "_cost"],
                System.Globalization.NumberStyles.Float,
                System.Globalization.CultureInfo.InvariantCulture
            );
            var billed = (cost * 1_000_000 - output) / input;
            var body = Body(row["prompt"]);
            var bound = Bound(body, model)!.Value;

            // An answer of more than a token makes this too much, so that it errs on the hard side.
            Assert.True(bound >= billed, $"{row["id"]}: {bound} < {billed}");
            Assert.True(bound <= body.Length);
            checkedRows++;
        }
        Assert.True(checkedRows > 1000);
    }

    [Theory]
    [InlineData("routellm_gsm8k.csv")]
    [InlineData("routellm_mmlu.csv")]
    [InlineData("llmrouter9.csv")]
    [InlineData("mmlupro.csv")]
    public void Prompts_then_never_below_the_whole_text_and_far_below_the_bytes(string file)
    {
        var (bounds, bytes, exact) = (0L, 0L, 0L);
        var tokenizer = Microsoft.ML.Tokenizers.TiktokenTokenizer.CreateForEncoding("o200k_base");
        foreach (var row in Csv.Rows(File(file)))
        {
            var body = Body(row["prompt"]);
            var bound = Bound(body)!.Value;
            // What is billed for one message of a user: its tokens and eight of frame; the byte bound holds for both.
            var billed = tokenizer.CountTokens(row["prompt"]) + 8;

            Assert.True(bound >= Math.Min(billed, body.Length), $"{row["id"]}: {bound} < {billed}");
            Assert.True(bound <= Encoding.UTF8.GetByteCount(body));
            (bounds, bytes, exact) = (bounds + bound, bytes + body.Length, exact + billed);
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{file}: {exact} tokens, bound {bounds}, bytes {bytes}");
        Assert.True(exact > 1000);
    }

    private static string File(string name)
    {
        var folder = Environment.GetEnvironmentVariable("PURSER_PROMPTS");
        Assert.SkipWhen(string.IsNullOrEmpty(folder), $"{name}: PURSER_PROMPTS names no folder with the prompts of public benchmarks");
        var path = Path.Combine(folder!, name);
        Assert.SkipUnless(System.IO.File.Exists(path), $"{name}: not in the folder that PURSER_PROMPTS names");
        return path;
    }
}
