using Xunit;

namespace Purser.Clients.Tests.Acceptance;

/// <summary>docs/clients.md is of the clients that the repository pins: who changes a version runs <c>./test --clients</c>.</summary>
public sealed class ClientsDocumentTests
{
    /// <summary>The rows.</summary>
    public static TheoryData<string> Rows() => [.. Clients.All.Select(client => client.Row)];

    [Theory]
    [InlineData("@anthropic-ai/claude-code", "claude", "gpt", "gemini")]
    [InlineData("@openai/codex", "gpt", "claude")]
    [InlineData("@google/gemini-cli", "gemini", "claude")]
    [InlineData("opencode-ai", "gpt")]
    [InlineData("@qwen-code/qwen-code", "gpt")]
    [InlineData("openai", "gpt", "claude")]
    [InlineData("@anthropic-ai/sdk", "claude", "gpt")]
    [InlineData("@google/genai", "gemini", "gpt")]
    [InlineData("ai", "gpt", "claude", "gemini")]
    [InlineData("@openai/agents", "gpt", "claude")]
    [InlineData("@langchain/openai", "gpt")]
    [InlineData("@langchain/anthropic", "claude")]
    [InlineData("OpenAI", "gpt")]
    [InlineData("Anthropic", "claude", "gpt")]
    [InlineData("Azure.AI.OpenAI", "gpt")]
    [InlineData("Microsoft.Extensions.AI.OpenAI", "gpt")]
    [InlineData("Microsoft.SemanticKernel", "gpt")]
    [InlineData("Microsoft.Agents.AI", "gpt")]
    [InlineData("OllamaSharp", "llama", "gpt")]
    public void What_is_promised_has_a_row(string package, params string[] models)
    {
        var rows = Clients.All.Where(client => client.Package.Name == package).Select(client => client.Model).ToList();
        Assert.All(models, model => Assert.Contains(rows, row => row.StartsWith(model, StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_client_is_there_in_its_pinned_version_and_nothing_failed(string row)
    {
        var head = ClientsDocument.RowHead(Clients.Named(row));
        var line = File.ReadLines(ClientsDocument.Location).SingleOrDefault(line => line.StartsWith(head, StringComparison.Ordinal));
        Assert.True(line is not null, $"docs/clients.md has no line that begins with '{head}': run ./test --clients");
        Assert.DoesNotContain("**no**", line, StringComparison.Ordinal);
        Assert.DoesNotContain("not run", line, StringComparison.Ordinal);
    }
}
