using System.Net;
using System.Text;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline;

/// <summary>Headers are passed on with the bytes they came with, also beyond ASCII: one that couldn't be sent would be an attempt that failed.</summary>
public sealed class HeaderBytesTests
{
    private const string Chat = """{"model":"gpt-5-mini","max_tokens":50,"messages":[{"role":"user","content":"hi"}]}""";

    [Theory]
    [InlineData("X-Title", "café")]
    [InlineData("User-Agent", "café")]
    [InlineData("X-Custom", "日本 ✓")]
    public async Task A_request_with_more_than_ascii_in_a_header_is_sent_and_costs_what_it_costs(string name, string value)
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(1m);

        using var response = await SendAsync(gateway, key, name, value);
        await gateway.SettledAsync();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(value, Assert.Single(gateway.Upstream.Requests).Headers[name]);
        Assert.Equal("0.000025000", (await gateway.ExplainAsync(response))!["attempts"]![0]!["cost_usd"]!.GetValue<string>());
    }

    [Fact]
    public async Task An_answers_header_comes_through_byte_by_byte()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(1m);
        // The test's own server writes and the client reads one character a byte.
        gateway.Upstream.Answer = http =>
        {
            http.Response.Headers["X-Served-By"] = "caf\u00c3\u00a9";
            return RecordingUpstream.JsonAsync(http, 200, RecordingUpstream.ChatAnswer);
        };

        using var response = await SendAsync(gateway, key, "X-Title", "a");

        Assert.Equal("caf\u00c3\u00a9", response.Headers.GetValues("X-Served-By").Single());
    }

    private static async Task<HttpResponseMessage> SendAsync(TestGateway gateway, string key, string name, string value)
    {
        using var handler = new SocketsHttpHandler
        {
            RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
            ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        };
        using var client = new HttpClient(handler);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(gateway.Client.BaseAddress!, "/v1/chat/completions"))
        {
            Content = new StringContent(Chat, Encoding.UTF8, "application/json"),
        };
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        request.Headers.TryAddWithoutValidation(name, value);
        return await client.SendAsync(request);
    }
}
