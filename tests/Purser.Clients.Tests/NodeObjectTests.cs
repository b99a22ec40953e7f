using System.Text.Json;
using Xunit;

namespace Purser.Clients.Tests;

/// <summary>Files and stored responses of the clients from npm: each account has its own, and the clients see errors of their own kind.</summary>
public sealed class NodeObjectTests(RunningPurser running)
{
    [Fact]
    public async Task OpenAIs_files_are_made_listed_named_and_taken_away_and_are_unknown_to_others()
    {
        var seen = await RunAsync("openai", "files");
        Assert.Equal("one.txt", seen.GetProperty("filename").GetString());
        Assert.Equal("one", seen.GetProperty("content").GetString());
        Assert.Equal(Texts(seen.GetProperty("made")), Texts(seen.GetProperty("paged")));
        Assert.Equal("completed", seen.GetProperty("answered").GetString());
        Assert.All(seen.GetProperty("strangers").EnumerateArray(), error => IsRefused(error, 404, "file_not_found"));
        IsRefused(seen.GetProperty("purpose"), 400, "invalid_purpose");
        Assert.True(seen.GetProperty("deleted").GetBoolean());
        IsRefused(seen.GetProperty("gone"), 404, "file_not_found");
    }

    [Fact]
    public async Task Stored_responses_are_shown_gone_on_from_and_deleted_and_are_unknown_to_others()
    {
        var seen = await RunAsync("openai", "responses");
        Assert.True(seen.GetProperty("previous").GetBoolean());
        Assert.True(seen.GetProperty("same").GetBoolean());
        Assert.Equal(1, seen.GetProperty("items").GetInt32());
        var strangers = seen.GetProperty("strangers").EnumerateArray().ToList();
        IsRefused(strangers[0], 404, "response_not_found");
        IsRefused(strangers[1], 404, "response_not_found");
        IsRefused(strangers[2], 400, "previous_response_not_found");
        IsRefused(seen.GetProperty("gone"), 404, "response_not_found");
    }

    [Fact]
    public async Task Anthropics_files_are_made_listed_and_taken_away_and_are_unknown_to_others()
    {
        var seen = await RunAsync("@anthropic-ai/sdk", "anthropic");
        Assert.Equal("a.txt", seen.GetProperty("filename").GetString());
        Assert.Equal([seen.GetProperty("id").GetString()!], Texts(seen.GetProperty("listed")));
        Assert.Equal("file_deleted", seen.GetProperty("deleted").GetString());
        IsRefused(seen.GetProperty("stranger"), 404, "file_not_found");
        IsRefused(seen.GetProperty("gone"), 404, "file_not_found");
    }

    private static void IsRefused(JsonElement error, int status, string code)
    {
        Assert.Equal((status, code), (error.GetProperty("status").GetInt32(), error.GetProperty("code").GetString()));
        Assert.True(error.GetProperty("known").GetBoolean());
    }

    private static IEnumerable<string> Texts(JsonElement array) => array.EnumerateArray().Select(text => text.GetString()!);

    private async Task<JsonElement> RunAsync(string package, string mode)
    {
        var (session, other) = (await running.SessionAsync("node-objects"), await running.SessionAsync("node-objects-other"));
        return await NodeClient.RunScriptAsync(
            package,
            "objects.mjs",
            mode,
            new Dictionary<string, string?>
            {
                ["OPENAI_BASE_URL"] = session.OpenAIBaseUrl,
                ["OPENAI_API_KEY"] = session.Key,
                ["ANTHROPIC_BASE_URL"] = session.AnthropicBaseUrl,
                ["ANTHROPIC_API_KEY"] = session.Key,
                ["OTHER_KEY"] = other.Key,
            }
        );
    }
}
