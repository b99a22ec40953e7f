using System.Text.Json;
using Purser.Simulator.Tests.Wire;
using static Purser.Simulator.Tests.SimulatorUnderTest;

namespace Purser.Simulator.Tests.Azure;

public class AzureTests
{
    private const string Chat = "/openai/deployments/gpt-5-mini/chat/completions?api-version=2024-10-21";
    private const string Hi = "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";

    [Fact]
    public async Task A_deployment_answers_with_what_its_filter_found()
    {
        await using var simulator = await StartAsync();
        var json = await JsonAsync(SendAsync(simulator, Chat, $"{{{Hi}}}"));
        Shape.AssertLike("azure/whole", [json], lacks: ["system_fingerprint"], adds: ["system_fingerprint"]);
        Assert.Equal("gpt-5-mini-2025-08-07", json.GetProperty("model").GetString());
        var stream = await EventsAsync(SendAsync(simulator, Chat, $"{{\"stream\":true,{Hi}}}"));
        Shape.AssertLike(
            "azure/stream",
            stream,
            lacks: ["system_fingerprint", "choices[].finish_reason"],
            adds: ["system_fingerprint", "choices[].finish_reason"]
        );
        var line = (await simulator.RecordsAsync())[^1].Json;
        Assert.Equal(("azure", "gpt-5-mini"), (line.GetProperty("api").GetString(), line.GetProperty("model").GetString()));
    }

    [Fact]
    public async Task Its_errors_are_its_own()
    {
        await using var simulator = await StartAsync();
        var blocked = Chat.Replace("mini", "nano", StringComparison.Ordinal);
        using var filtered = await SendAsync(simulator, blocked, Ask("[[simulate:blocked]]"));
        Assert.Equal(400, (int)filtered.StatusCode);
        Shape.AssertLike("azure/content-filter", [JsonDocument.Parse(await TextAsync(filtered)).RootElement]);
        Assert.Equal(Bill.Nothing, (await simulator.RecordsAsync())[^1].Billed);
        using var limited = await SendAsync(simulator, Chat, Ask("[[simulate:429]]"));
        Assert.Equal("1", limited.Headers.GetValues("retry-after").Single());
        Assert.Equal("1000", limited.Headers.GetValues("retry-after-ms").Single());
        Shape.AssertLike("azure/error-429", [JsonDocument.Parse(await TextAsync(limited)).RootElement]);
    }

    [Theory]
    [InlineData("/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21", "api-key", 200, null)]
    [InlineData("/openai/deployments/gpt-4o/chat/completions", "api-key", 404, "404")]
    [InlineData("/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21", "x-other", 401, "401")]
    [InlineData("/openai/deployments/no-such-thing/chat/completions?api-version=2024-10-21", "api-key", 404, "DeploymentNotFound")]
    [InlineData("/openai/v1/chat/completions", "api-key", 200, null)]
    [InlineData("/openai/deployments/gpt-4o/explode?api-version=2024-10-21", "api-key", 404, "404")]
    public async Task Paths_keys_and_versions(string path, string key, int status, string? code)
    {
        await using var simulator = await StartAsync();
        using var response = await simulator.SendAsync(path, $"{{\"model\":\"gpt-4o\",{Hi}}}", [(key, "k")]);
        Assert.Equal(status, (int)response.StatusCode);
        var json = JsonDocument.Parse(await TextAsync(response)).RootElement;
        Assert.Equal(code, json.TryGetProperty("error", out var error) ? error.GetProperty("code").GetString() : null);
        Assert.True(response.Headers.Contains("apim-request-id"));
    }

    [Fact]
    public async Task Responses_and_embeddings_are_OpenAIs()
    {
        await using var simulator = await StartAsync();
        var response = await JsonAsync(SendAsync(simulator, "/openai/v1/responses", "{\"model\":\"gpt-5\",\"input\":\"hi\"}"));
        Assert.Equal("response", response.GetProperty("object").GetString());
        var path = "/openai/deployments/text-embedding-3-small/embeddings?api-version=2024-10-21";
        Shape.AssertLike("openai/embeddings", [await JsonAsync(SendAsync(simulator, path, "{\"input\":\"hi\"}"))]);
        Assert.All(await simulator.RecordsAsync(), line => Assert.Equal("azure", line.Json.GetProperty("api").GetString()));
    }

    private static string Ask(string text) => $"{{\"messages\":[{{\"role\":\"user\",\"content\":\"{text}\"}}]}}";

    private static Task<HttpResponseMessage> SendAsync(SimulatorUnderTest simulator, string path, string body) =>
        simulator.SendAsync(path, body, [("api-key", "k")]);
}
