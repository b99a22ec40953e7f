using System.Text.Json.Nodes;

namespace Purser.Cli.Tests.Commands;

public sealed class TokensCommandTests
{
    private const string Chat = """{"messages":[{"role":"user","content":"hi"}]}""";

    [Fact]
    public async Task What_is_no_text_in_UTF_8_is_not_counted()
    {
        using var run = new CliRun();
        await File.WriteAllBytesAsync(run.File("latin1.txt"), [(byte)'c', (byte)'a', (byte)'f', 0xe9]);

        Assert.Equal(ExitCode.Usage, await run.RunAsync("tokens", "count", "--model", "gpt-4o", "latin1.txt"));

        Assert.StartsWith("purser: this is no text in UTF-8\n  → ", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Out);
    }

    [Fact]
    public async Task A_text_of_a_known_encoding_is_counted_exactly()
    {
        using var run = new CliRun();
        run.Write("hello world", "prompt.txt");

        Assert.Equal(ExitCode.Ok, await run.RunAsync("tokens", "count", "--model", "gpt-4o", "prompt.txt"));

        Assert.Equal("MODEL   TOKENS  COUNT  P90 ERROR  BASIS\ngpt-4o       2  exact      0.000  o200k_base\n", run.Out);
    }

    [Fact]
    public async Task A_request_is_read_from_standard_input()
    {
        using var run = new CliRun { Input = Chat };

        Assert.Equal(ExitCode.Ok, await run.RunAsync("tokens", "count", "--model", "gpt-4o", "--request", "--format", "json"));

        var row = JsonNode.Parse(run.Out)!["data"]![0]!;
        Assert.Equal((8, "exact"), (row["tokens"]!.GetValue<int>(), row["count"]!.GetValue<string>()));
    }

    [Fact]
    public async Task An_estimate_says_what_its_error_is_and_what_it_was_made_with()
    {
        using var run = new CliRun { Input = "hello world" };

        Assert.Equal(ExitCode.Ok, await run.RunAsync("tokens", "count", "--model", "llama-3.3-70b", "-", "--format", "json"));

        var row = JsonNode.Parse(run.Out)!["data"]![0]!;
        Assert.Equal(
            ("estimate", "0.190", "llama3"),
            (row["count"]!.GetValue<string>(), row["p90_error"]!.GetValue<string>(), row["basis"]!.GetValue<string>())
        );
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("[]")]
    [InlineData("{\"messages\":[{\"content\":\"\\ud800\"}]}")]
    public async Task What_is_no_request_is_said(string input)
    {
        using var run = new CliRun { Input = input };

        Assert.Equal(ExitCode.Usage, await run.RunAsync("tokens", "count", "--model", "claude-opus-5", "--request"));
        Assert.Equal("purser: this is not the JSON body of a request\n  → Leave --request out to count it as a text.\n", run.Error);
    }

    [Theory]
    [InlineData("--model", "m", "nowhere.txt")]
    [InlineData("nowhere.txt")]
    public async Task A_file_or_model_that_is_missing_is_said(params string[] arguments)
    {
        using var run = new CliRun();
        Assert.Equal(ExitCode.Usage, await run.RunAsync(["tokens", "count", .. arguments]));
    }
}
