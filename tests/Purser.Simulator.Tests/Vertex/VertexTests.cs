using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Purser.Simulator.Tests.Wire;
using static Purser.Simulator.Tests.SimulatorUnderTest;

namespace Purser.Simulator.Tests.Vertex;

public class VertexTests
{
    private const string Google = "/v1/projects/p/locations/us-central1/publishers/google/models/";
    private const string Anthropic = "/v1/projects/p/locations/global/publishers/anthropic/models/";
    private const string Hi = "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"hi\"}]}]}";

    [Fact]
    public async Task Gemini_answers_as_on_Vertex()
    {
        await using var simulator = await StartAsync();
        Shape.AssertLike("vertex/whole", [await JsonAsync(simulator.PostAsync(Google + "gemini-2.0-flash:generateContent", Hi))]);
        var stream = await EventsAsync(simulator.PostAsync(Google + "gemini-2.0-flash:streamGenerateContent?alt=sse", Hi));
        Shape.AssertLike("vertex/whole", stream, lacks: ["candidates[].avgLogprobs"]);
        Assert.All(stream[..^1], chunk => Assert.Equal("{\"trafficType\": \"ON_DEMAND\"}", chunk.GetProperty("usageMetadata").ToString()));
        Assert.Equal("vertex", (await simulator.RecordsAsync())[^1].Json.GetProperty("api").GetString());
    }

    [Fact]
    public async Task Without_a_token_it_is_401()
    {
        await using var simulator = await StartAsync();
        using var response = await simulator.SendAsync(Google + "gemini-2.0-flash:generateContent", Hi, [("x-goog-api-key", "k")]);
        Assert.Equal(401, (int)response.StatusCode);
        var error = JsonDocument.Parse(await TextAsync(response)).RootElement.GetProperty("error");
        Assert.Equal("UNAUTHENTICATED", error.GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_token_of_the_endpoint_is_good_for_its_lifetime()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using var simulator = await StartAsync(new SimulatorOptions { TokenLifetime = TimeSpan.FromSeconds(60) }, time);
        var json = await TokenAsync(simulator, Assertion(1767225600, 1767229200));
        Shape.AssertLike("vertex/token", [json]);
        Assert.Equal(59, json.GetProperty("expires_in").GetInt32());

        var token = json.GetProperty("access_token").GetString()!;
        Assert.Equal(200, await StatusAsync(simulator, token));
        time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(401, await StatusAsync(simulator, token));
    }

    [Theory]
    [InlineData("grant_type=authorization_code", "unsupported_grant_type")]
    [InlineData("assertion=x", "invalid_request")]
    [InlineData("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=x.y.z", "invalid_grant")]
    public async Task A_wrong_request_for_a_token_is_refused(string form, string error)
    {
        await using var simulator = await StartAsync();
        using var response = await simulator.Client.PostAsync(
            "/token",
            new StringContent(form, Encoding.UTF8, "application/x-www-form-urlencoded"),
            TestContext.Current.CancellationToken
        );
        Assert.Equal(400, (int)response.StatusCode);
        Assert.Equal(error, JsonDocument.Parse(await TextAsync(response)).RootElement.GetProperty("error").GetString());
    }

    [Fact]
    public async Task An_assertion_for_more_than_an_hour_is_refused()
    {
        await using var simulator = await StartAsync();
        var json = await TokenAsync(simulator, Assertion(1767225600, 1767229201));
        Assert.Equal("invalid_grant", json.GetProperty("error").GetString());
    }

    [Fact]
    public async Task Claude_is_named_by_the_URL_and_answers_as_Anthropic()
    {
        await using var simulator = await StartAsync();
        const string Body =
            "{\"anthropic_version\":\"vertex-2023-10-16\",\"max_tokens\":3,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";
        var json = await JsonAsync(simulator.PostAsync(Anthropic + "claude-sonnet-4-5@20250929:rawPredict", Body + "}"));
        Assert.Equal("claude-sonnet-4-5-20250929", json.GetProperty("model").GetString());
        Assert.Equal(3, json.GetProperty("usage").GetProperty("output_tokens").GetInt32());
        var stream = await TextAsync(
            await simulator.PostAsync(Anthropic + "claude-sonnet-4-5@20250929:streamRawPredict", Body + ",\"stream\":true}")
        );
        Assert.StartsWith("event: message_start\n", stream, StringComparison.Ordinal);
        var line = (await simulator.RecordsAsync())[^1].Json;
        Assert.Equal(
            ("vertex", "claude-sonnet-4-5@20250929"),
            (line.GetProperty("api").GetString(), line.GetProperty("model").GetString())
        );
    }

    [Theory]
    [InlineData("", "anthropic_version: Field required")]
    [InlineData("\"anthropic_version\":\"2023-06-01\",", "anthropic_version: Input should be 'vertex-2023-10-16'")]
    [InlineData("\"anthropic_version\":\"2026-10-21\",", null)]
    public async Task Claude_wants_its_version_in_the_body(string version, string? message)
    {
        await using var simulator = await StartAsync();
        var json = await JsonAsync(
            simulator.PostAsync(
                Anthropic + "claude-opus-5-5:rawPredict",
                $"{{{version}\"max_tokens\":3,\"messages\":[{{\"role\":\"user\",\"content\":\"hi\"}}]}}"
            )
        );
        Assert.Equal(message, json.TryGetProperty("error", out var error) ? error.GetProperty("message").GetString() : null);
    }

    [Fact]
    public async Task A_quota_of_Claudes_is_refused_by_Google()
    {
        await using var simulator = await StartAsync();
        const string Body =
            "{\"anthropic_version\":\"vertex-2023-10-16\",\"max_tokens\":3,\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"[[simulate:429]]\"}]}";
        Shape.AssertLike(
            "vertex/anthropic-429",
            [await JsonAsync(simulator.PostAsync(Anthropic + "claude-opus-5-5:streamRawPredict", Body))]
        );
    }

    [Fact]
    public async Task Claudes_tokens_are_counted()
    {
        await using var simulator = await StartAsync();
        var json = await JsonAsync(
            simulator.PostAsync(
                Anthropic + "count-tokens:rawPredict",
                "{\"anthropic_version\":\"vertex-2023-10-16\",\"model\":\"claude-opus-5-5\",\"messages\":[{\"role\":\"user\",\"content\":\"hi there\"}]}"
            )
        );
        Assert.Equal(2, json.GetProperty("input_tokens").GetInt32());
    }

    private static async Task<int> StatusAsync(SimulatorUnderTest simulator, string token)
    {
        using var response = await simulator.SendAsync(
            Google + "gemini-2.0-flash:generateContent",
            Hi,
            [("Authorization", "Bearer " + token)]
        );
        return (int)response.StatusCode;
    }

    private static async Task<JsonElement> TokenAsync(SimulatorUnderTest simulator, string assertion)
    {
        using var form = new FormUrlEncodedContent(
            new Dictionary<string, string> { ["grant_type"] = "urn:ietf:params:oauth:grant-type:jwt-bearer", ["assertion"] = assertion }
        );
        return await JsonAsync(simulator.Client.PostAsync("/token", form, TestContext.Current.CancellationToken));
    }

    private static string Assertion(long issued, long expires) =>
        string.Join(
            '.',
            Part("{\"alg\":\"RS256\",\"typ\":\"JWT\"}"),
            Part(
                $"{{\"iss\":\"sa@p.iam.gserviceaccount.com\",\"aud\":\"https://oauth2.googleapis.com/token\",\"iat\":{issued},\"exp\":{expires}}}"
            ),
            "c2lnbmF0dXJl"
        );

    private static string Part(string json) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes(json)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
