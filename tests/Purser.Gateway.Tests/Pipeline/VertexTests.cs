using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Purser.Core.Pricing;
using Purser.Gateway.Configuration;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline;

/// <summary>Gemini and Claude on Vertex, with a service account whose token the recording upstream gives out.</summary>
public sealed class VertexTests
{
    private const string Prices = """
        provider: google
        models:
          - id: gemini-test
            context_tokens: 100000
            max_output_tokens: 64000
            prices:
              - start: unknown
                source: made up for tests
                input_per_mtok: 1
                output_per_mtok: 2
          - id: claude-vertex
            aliases: [claude-vertex@20250929]
            context_tokens: 200000
            max_output_tokens: 64000
            prices:
              - start: unknown
                source: made up for tests
                input_per_mtok: 1
                cache_write_5m_per_mtok: 1.25
                cache_write_1h_per_mtok: 2
                output_per_mtok: 2
        """;

    private const string Base = "/v1/projects/my-project/locations/us-central1/publishers";
    private const string Token = "ya29.token-of-the-service-account";
    private const string Message =
        """{"id":"msg_1","type":"message","role":"assistant","model":"claude-vertex","content":[{"type":"text","text":"hello"}],"stop_reason":"end_turn","usage":{"input_tokens":10,"output_tokens":5}}""";
    private const string Contents =
        """{"candidates":[{"content":{"parts":[{"text":"hello"}],"role":"model"},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":5,"totalTokenCount":15,"trafficType":"ON_DEMAND"},"modelVersion":"gemini-test"}""";

    private static async Task<TestGateway> StartAsync(string? file = null, bool withMaster = false)
    {
        Uri? address = null;
        var path = file ?? Path.GetTempFileName();
        var gateway = await TestGateway.StartAsync(options: options =>
        {
            address = options.Providers[1].BaseUrl;
            return options with
            {
                MasterKey = withMaster ? TestGateway.NewMasterKey() : null,
                PriceFiles = [.. options.PriceFiles, new PriceFile("google.yml", Prices)],
                Providers =
                [
                    .. options.Providers,
                    options.Providers[1] with
                    {
                        Name = "vertex",
                        Api = "vertex",
                        BaseUrl = new Uri(address, "/v1/projects/my-project/locations/us-central1"),
                        ApiKey = "",
                        CredentialsFile = path,
                    },
                ],
            };
        });
        if (file is null)
        {
            await File.WriteAllTextAsync(path, KeyFile(new Uri(address!, "/token")));
        }

        gateway.Upstream.Answer = http =>
            RecordingUpstream.JsonAsync(
                http,
                200,
                http.Request.Path == "/token" ? $$"""{"access_token":"{{Token}}","expires_in":3600,"token_type":"Bearer"}"""
                    : http.Request.Path.Value!.Contains("anthropic", StringComparison.Ordinal) || http.Request.Path == "/v1/messages"
                        ? Message
                    : Contents
            );
        return gateway;
    }

    private static string KeyFile(Uri tokenUri)
    {
        using var rsa = RSA.Create(2048);
        return JsonSerializer.Serialize(
            new Dictionary<string, string>
            {
                ["type"] = "service_account",
                ["project_id"] = "my-project",
                ["private_key_id"] = "k1",
                ["private_key"] = rsa.ExportPkcs8PrivateKeyPem(),
                ["client_email"] = "purser@my-project.iam.gserviceaccount.com",
                ["client_id"] = "1",
                ["token_uri"] = tokenUri.ToString(),
            }
        );
    }

    [Fact]
    public async Task Gemini_on_Vertex_is_called_with_the_accounts_token_which_is_kept()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync();
        const string body = """{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}""";

        using var first = await gateway.PostAsync("/v1beta/models/gemini-test:generateContent", body, ("x-goog-api-key", key));
        using var second = await gateway.PostAsync(
            "/v1/projects/theirs/locations/global/publishers/google/models/gemini-test:generateContent",
            body,
            ("Authorization", $"Bearer {key}"),
            ("x-goog-user-project", "theirs")
        );

        Assert.Equal(Contents, await first.Content.ReadAsStringAsync());
        Assert.Equal("0.000020000", second.Headers.GetValues("x-purser-cost-usd").Single());
        var sent = gateway.Upstream.Requests.ToArray();
        var path = $"{Base}/google/models/gemini-test:generateContent";
        Assert.Equal(["/token", path, path], sent.Select(request => request.Target));
        Assert.All(sent[1..], request => Assert.Equal($"Bearer {Token}", request.Headers["Authorization"]));
        Assert.All(sent, request => Assert.DoesNotContain(request.Headers, header => header.Value.Contains(key, StringComparison.Ordinal)));
        Assert.False(sent[2].Headers.ContainsKey("x-goog-user-project"));
    }

    [Fact]
    public async Task Claude_on_Vertex_serves_its_own_clients_and_Anthropics()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync();

        using var native = await gateway.PostAsync(
            "/v1/projects/theirs/locations/global/publishers/anthropic/models/claude-vertex@20250929:rawPredict",
            """{"anthropic_version":"vertex-2023-10-16","max_tokens":100,"messages":[]}""",
            ("Authorization", $"Bearer {key}")
        );
        using var other = await gateway.MessagesAsync(
            key,
            """{"model":"claude-vertex","max_tokens":100,"messages":[]}""",
            ("anthropic-beta", "one-2025-01-01")
        );

        Assert.Equal(Message, await native.Content.ReadAsStringAsync());
        Assert.Equal(Message, await other.Content.ReadAsStringAsync());
        Assert.Equal("0.000020000", other.Headers.GetValues("x-purser-cost-usd").Single());
        var sent = gateway.Upstream.Requests.ToArray();
        Assert.Equal(
            $"{Base}/anthropic/models/claude-vertex%4020250929:rawPredict",
            sent[1].Target.Replace("@", "%40", StringComparison.Ordinal)
        );
        Assert.Equal("""{"anthropic_version":"vertex-2023-10-16","max_tokens":100,"messages":[]}""", sent[1].Body);
        Assert.Equal($"{Base}/anthropic/models/claude-vertex:rawPredict", sent[2].Target);
        Assert.Equal("""{"anthropic_version":"vertex-2023-10-16","max_tokens":100,"messages":[]}""", sent[2].Body);
        Assert.Equal("one-2025-01-01", sent[2].Headers["anthropic-beta"]);
        Assert.False(sent[2].Headers.ContainsKey("x-api-key"));
    }

    [Theory]
    [InlineData("/v1/chat/completions", """{"model":"claude-vertex","max_tokens":100,"messages":[{"role":"user","content":"hi"}]}""")]
    [InlineData("/v1/responses", """{"model":"claude-vertex","max_output_tokens":100,"input":"hi"}""")]
    [InlineData(
        "/v1beta/models/claude-vertex:generateContent",
        """{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"maxOutputTokens":100}}"""
    )]
    [InlineData(
        "/model/claude-vertex/converse",
        """{"messages":[{"role":"user","content":[{"text":"hi"}]}],"inferenceConfig":{"maxTokens":100}}"""
    )]
    public async Task Claude_on_Vertex_serves_clients_of_other_formats(string path, string body)
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync();

        using var response = await gateway.PostAsync(path, body, ("Authorization", $"Bearer {key}"));

        Assert.Contains("hello", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("0.000020000", response.Headers.GetValues("x-purser-cost-usd").Single());
        var sent = gateway.Upstream.Requests.Last();
        Assert.Equal($"{Base}/anthropic/models/claude-vertex:rawPredict", sent.Target);
        var written = JsonNode.Parse(sent.Body)!.AsObject();
        Assert.Equal("vertex-2023-10-16", written["anthropic_version"]!.GetValue<string>());
        Assert.False(written.ContainsKey("model"));
        Assert.Equal(100, written["max_tokens"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_stored_service_account_is_used_until_it_is_rotated()
    {
        await using var gateway = await StartAsync(withMaster: true);
        var tokens = new Uri(gateway.Upstream.Address, "/token");
        var key = await gateway.KeyAsync();
        var added = await gateway.AdminAsync(
            HttpMethod.Post,
            "/credentials",
            new
            {
                provider = "vertex",
                kind = "service-account",
                secret = KeyFile(tokens),
            }
        );
        const string body = """{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}""";

        for (var call = 0; call < 2; call++)
        {
            using var response = await gateway.PostAsync("/v1beta/models/gemini-test:generateContent", body, ("x-goog-api-key", key));
            Assert.Equal(200, (int)response.StatusCode);
            Assert.Equal(
                added!["id"]!.GetValue<string>(),
                (await gateway.ExplainAsync(response))!["attempts"]![0]!["credential"]!.GetValue<string>()
            );
        }

        await gateway.AdminAsync(HttpMethod.Post, $"/credentials/{added!["id"]}/rotate", new { secret = KeyFile(tokens) });
        using var last = await gateway.PostAsync("/v1beta/models/gemini-test:generateContent", body, ("x-goog-api-key", key));

        var path = $"{Base}/google/models/gemini-test:generateContent";
        Assert.Equal(["/token", path, path, "/token", path], gateway.Upstream.Requests.Select(request => request.Target));
        Assert.All(
            gateway.Upstream.Requests.Where(request => request.Target == path),
            request => Assert.Equal($"Bearer {Token}", request.Headers["Authorization"])
        );
    }

    [Fact]
    public async Task A_client_of_Vertex_is_served_by_Anthropic()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync();

        using var response = await gateway.PostAsync(
            "/v1/projects/theirs/locations/global/publishers/anthropic/models/claude-test:streamRawPredict?x=1",
            """{"anthropic_version":"vertex-2023-10-16","max_tokens":100,"messages":[]}""",
            ("Authorization", $"Bearer {key}")
        );

        Assert.Equal(200, (int)response.StatusCode);
        var sent = Assert.Single(gateway.Upstream.Requests);
        Assert.Equal("/v1/messages", sent.Target);
        Assert.Equal("""{"model":"claude-test","max_tokens":100,"messages":[],"stream":true}""", sent.Body);
        Assert.Equal("sk-ant-provider-secret", sent.Headers["x-api-key"]);
    }

    // An edit of the body leaves the vendor's own tools in it. They need a price, as they do for Anthropic's clients.
    [Theory]
    [InlineData("/v1/messages", "\"model\":\"claude-test\"")]
    [InlineData(
        "/v1/projects/theirs/locations/global/publishers/anthropic/models/claude-test:rawPredict",
        "\"anthropic_version\":\"vertex-2023-10-16\""
    )]
    [InlineData("/model/claude-test/invoke", "\"anthropic_version\":\"bedrock-2023-05-31\"")]
    public async Task Tools_that_Anthropic_runs_are_held_for_whoever_asks(string path, string member)
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync();

        using var response = await gateway.PostAsync(
            path,
            $$"""{{{member}},"max_tokens":100,"messages":[],"tools":[{"type":"web_search_20250305","name":"web_search"}]}""",
            ("Authorization", $"Bearer {key}")
        );

        Assert.Equal(402, (int)response.StatusCode);
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task A_count_of_tokens_on_Vertex_is_the_providers_or_an_estimate()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync();

        using var response = await gateway.PostAsync(
            "/v1/projects/theirs/locations/global/publishers/anthropic/models/count-tokens:rawPredict",
            """{"anthropic_version":"vertex-2023-10-16","model":"claude-vertex","messages":[{"role":"user","content":"hello there"}]}""",
            ("Authorization", $"Bearer {key}")
        );

        Assert.StartsWith("estimate", response.Headers.GetValues("x-purser-token-count").Single(), StringComparison.Ordinal);
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task Without_a_token_nothing_is_sent_and_nothing_is_charged()
    {
        await using var gateway = await StartAsync(Path.Combine(Path.GetTempPath(), "no-such-key.json"));
        var key = await gateway.KeyAsync();

        using var response = await gateway.PostAsync(
            "/v1beta/models/gemini-test:generateContent",
            """{"contents":[]}""",
            ("x-goog-api-key", key)
        );
        await gateway.SettledAsync();

        Assert.Equal(502, (int)response.StatusCode);
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal("provider_credential_missing", error["details"]![0]!["reason"]!.GetValue<string>());
        Assert.DoesNotContain("no-such-key", error.ToJsonString(), StringComparison.Ordinal);
        Assert.Empty(gateway.Upstream.Requests);
        Assert.Equal("void", (await gateway.ExplainAsync(response))!["attempts"]![0]!["outcome"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("project: p\n    location: eu", null)]
    [InlineData("location: eu", "'project' is missing")]
    [InlineData("project: p/../q\n    location: eu", "'project' has letters")]
    [InlineData("project: p\n    location: eu\n    base_url: ftp://x", "'base_url' must be")]
    public void The_configuration_names_a_project_and_a_location(string keys, string? error)
    {
        var file = ConfigurationFile.Parse(
            "purser.yml",
            $"providers:\n  - name: vertex\n    {keys}\n    credentials_file: ${{HOME}}/k.json\n",
            _ => "/h"
        );

        if (error is not null)
        {
            Assert.Contains(file.Errors, found => found.Message.Contains(error, StringComparison.Ordinal));
            return;
        }

        var provider = Assert.Single(file.Providers);
        Assert.Equal("https://aiplatform.eu.rep.googleapis.com/v1/projects/p/locations/eu", provider.BaseUrl.ToString());
        Assert.Equal(("/h/k.json", ""), (provider.CredentialsFile, provider.ApiKey));
    }
}
