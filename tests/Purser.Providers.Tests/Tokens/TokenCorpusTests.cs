using System.Text.Json;
using Purser.Providers.Tokens;

namespace Purser.Providers.Tests.Tokens;

/// <summary>Texts of many kinds with their tokens by real tokenizers (tests/vectors/tokens): what is said of the error is so.</summary>
public class TokenCorpusTests
{
    private static readonly List<Text> Corpus = Read();

    private static readonly Dictionary<string, string> ModelOf = new()
    {
        ["claude2"] = "claude-2",
        ["deepseek"] = "deepseek-v3",
        ["gemma"] = "gemma-3-27b-it",
        ["llama2"] = "llama-2-70b",
        ["llama3"] = "llama-3.3-70b",
        ["qwen"] = "qwen3-235b",
    };

    private sealed record Text(string Kind, string Half, string Content, IReadOnlyDictionary<string, long> Tokens, TextShape Shape);

    public static TheoryData<string> Families => [.. TokenFamily.Measured.Select(family => family.Name)];

    [Theory]
    [InlineData("gpt-4o", "o200k_base")]
    [InlineData("gpt-4-turbo", "cl100k_base")]
    public void OpenAI_tokenizers_then_every_text_to_the_token(string model, string encoding)
    {
        Assert.True(Corpus.Count > 300);
        foreach (var text in Corpus)
        {
            var estimate = TokenCounter.OfText(model, text.Content);
            Assert.True(
                estimate.IsExact && estimate.Tokens == text.Tokens[encoding],
                $"{text.Kind}: {estimate.Tokens}, not {text.Tokens[encoding]}: {text.Content}"
            );
        }
    }

    [Fact]
    public void Odd_texts_then_split_and_counted_as_tiktoken_does()
    {
        var count = 0;
        foreach (var line in File.ReadLines(PathOf("odd.jsonl")))
        {
            using var document = JsonDocument.Parse(line);
            var text = document.RootElement.GetProperty("text").GetString()!;
            foreach (var (model, encoding) in (ReadOnlySpan<(string, string)>)[("gpt-4o", "o200k_base"), ("gpt-4", "cl100k_base")])
            {
                var tokens = document.RootElement.GetProperty(encoding).GetInt64();
                Assert.True(TokenCounter.OfText(model, text).Tokens == tokens, $"{encoding}: not {tokens}: {line}");
            }
            count++;
        }
        Assert.Equal(400, count);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Other_tokenizers_then_the_stated_error_is_that_of_the_half_that_was_not_fitted_to(string name)
    {
        var family = TokenFamily.Measured.Single(known => known.Name == name);
        var errors = Checked().Select(text => Error(family.Tokens(text.Shape), text.Tokens[name])).ToList();

        AssertIsNinthOfTen(errors, family.Error, name);
        if (ModelOf.TryGetValue(name, out var model))
        {
            Assert.Equal((name, family.Error), (TokenCounter.OfText(model, "x").Basis, TokenCounter.OfText(model, "x").Error));
        }
    }

    [Fact]
    public void Unknown_tokenizer_then_the_stated_error_is_that_of_each_family_by_the_mean_of_the_others()
    {
        var families = TokenFamily.Measured;
        var errors =
            from left in families
            from text in Checked()
            select Error(families.Where(family => family != left).Average(family => family.Tokens(text.Shape)), text.Tokens[left.Name]);

        AssertIsNinthOfTen([.. errors], TokenFamily.Unknown.Error, "unknown");
    }

    private static void AssertIsNinthOfTen(List<double> errors, double stated, string name)
    {
        errors.Sort();
        var ninth = errors[(int)Math.Ceiling(0.9 * errors.Count) - 1];
        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {ninth:0.000}");
        // Stated is the measured error, rounded up.
        Assert.InRange(ninth, stated - 0.011, stated);
    }

    private static IEnumerable<Text> Checked() => Corpus.Where(text => text.Half == "check");

    private static double Error(double estimate, long tokens) => Math.Abs(Math.Ceiling(estimate) - tokens) / tokens;

    private static List<Text> Read()
    {
        var texts = new List<Text>();
        foreach (var line in File.ReadLines(PathOf("corpus.jsonl")))
        {
            using var document = JsonDocument.Parse(line);
            var row = document.RootElement;
            var content = row.GetProperty("text").GetString()!;
            var shape = default(TextShape);
            shape.Add(Wire.Bytes(content));
            texts.Add(
                new Text(
                    row.GetProperty("kind").GetString()!,
                    row.GetProperty("half").GetString()!,
                    content,
                    row.GetProperty("tokens").EnumerateObject().ToDictionary(tokens => tokens.Name, tokens => tokens.Value.GetInt64()),
                    shape
                )
            );
        }
        return texts;
    }

    private static string PathOf(string file)
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Purser.slnx")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }
        return Path.Combine(folder, "tests", "vectors", "tokens", file);
    }
}
