using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Purser.Core.Pricing;
using Purser.Gateway.Configuration;
using Purser.Simulator;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline;

/// <summary>Bedrock as a provider whose requests are signed, and its clients, before a simulator that verifies the signatures by itself.</summary>
public sealed class BedrockTests
{
    private const string Region = "us-east-1";
    private const string KeyId = "AKIAPURSERTEST";
    private const string Secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYPURSERTEST";
    private const string Claude = "us.anthropic.claude-sonnet-4-6";
    private const string Eventstream = "application/vnd.amazon.eventstream";

    private const string Rates = """
            context_tokens: 10000000
            max_output_tokens: 4000
            prices:
              - start: unknown
                source: made up for tests
                input_per_mtok: 1
                cache_read_per_mtok: 0.5
                cache_write_5m_per_mtok: 1.25
                cache_write_1h_per_mtok: 2
                output_per_mtok: 2
        """;

    private static readonly PriceFile Prices = new(
        "aws.yml",
        "provider: aws\nmodels:\n"
            + string.Concat(
                new[] { Claude, "amazon.nova-pro-v1:0", "meta.llama3-3-70b-instruct-v1:0" }.Select(id => $"  - id: \"{id}\"\n{Rates}\n")
            )
    );

    private const string Conversation =
        """{"messages":[{"role":"user","content":[{"text":"hello there"}]}],"inferenceConfig":{"maxTokens":40}}""";

    private const string ClaudesBody =
        """{"anthropic_version":"bedrock-2023-05-31","max_tokens":40,"messages":[{"role":"user","content":"hello there"}]}""";

    private static ProviderOptions Bedrock(Uri address) =>
        new()
        {
            Name = "bedrock",
            Api = "bedrock",
            BaseUrl = address,
            ApiKey = "",
            Region = Region,
            AwsKeys = $"{KeyId}:{Secret}",
        };

    private static async Task<(Simulator.RunningSimulator Simulator, TestGateway Gateway)> StartAsync()
    {
        var simulator = await Simulator.Simulator.StartAsync(
            new SimulatorOptions { Listen = new Uri("http://127.0.0.1:0"), AwsKey = new AwsKeyPair(KeyId, Secret) }
        );
        var gateway = await TestGateway.StartAsync(options: options =>
            options with
            {
                PriceFiles = [.. options.PriceFiles, Prices],
                Providers =
                [
                    Bedrock(simulator.Address),
                    .. options.Providers.Select(provider =>
                        provider with
                        {
                            BaseUrl = provider.Name == "openai" ? new Uri(simulator.Address, "/v1") : simulator.Address,
                        }
                    ),
                ],
            }
        );
        return (simulator, gateway);
    }

    private static Task<HttpResponseMessage> PostAsync(TestGateway gateway, string model, string operation, string body, string key) =>
        gateway.PostAsync($"/model/{Uri.EscapeDataString(model)}/{operation}", body, ("Authorization", $"Bearer {key}"));

    [Fact]
    public async Task Signed_calls_of_every_kind_are_charged_as_the_simulator_billed_them()
    {
        var (simulator, gateway) = await StartAsync();
        await using var first = simulator;
        await using var second = gateway;
        var key = await gateway.KeyAsync();
        (string Model, string Operation, string Body)[] calls =
        [
            (Claude, "converse", Conversation),
            (Claude, "converse-stream", Conversation),
            (Claude, "invoke", ClaudesBody),
            (Claude, "invoke-with-response-stream", ClaudesBody),
            ($"arn:aws:bedrock:{Region}:123456789012:inference-profile/{Claude}", "invoke", ClaudesBody),
            ("amazon.nova-pro-v1:0", "converse-stream", Conversation),
            ("amazon.nova-pro-v1:0", "invoke", Conversation),
            ("amazon.nova-pro-v1:0", "invoke-with-response-stream", Conversation),
            ("meta.llama3-3-70b-instruct-v1:0", "invoke", """{"prompt":"hello there","max_gen_len":30}"""),
            ("meta.llama3-3-70b-instruct-v1:0", "invoke-with-response-stream", """{"prompt":"hello there","max_gen_len":30}"""),
            // Purser writes the limit, and what is signed is what is sent.
            (Claude, "converse", """{"messages":[{"role":"user","content":[{"text":"hello there"}]}]}"""),
            (Claude, "invoke", ClaudesBody.Replace("hello there", new string('x', 3 << 20), StringComparison.Ordinal)),
        ];

        foreach (var (model, operation, body) in calls)
        {
            using var response = await PostAsync(gateway, model, operation, body, key);
            var answer = await response.Content.ReadAsByteArrayAsync();
            Assert.True(response.StatusCode == HttpStatusCode.OK, $"{model} {operation}: {System.Text.Encoding.UTF8.GetString(answer)}");
            Assert.Equal(
                operation.EndsWith("stream", StringComparison.Ordinal) ? Eventstream : "application/json",
                response.Content.Headers.ContentType!.MediaType
            );
            await gateway.SettledAsync();
            var attempt = (await gateway.ExplainAsync(response))!["attempts"]![0]!;
            var how = (attempt["outcome"]!.GetValue<string>(), attempt["estimated"]!.GetValue<bool>());
            Assert.True(how == ("completed", false), $"{model} {operation}: {how} {attempt}");
        }

        await AssertBilledAsync(simulator, gateway, calls.Length);
    }

    [Fact]
    public async Task Other_formats_clients_are_served_by_Bedrock_and_Bedrocks_by_other_vendors()
    {
        var (simulator, gateway) = await StartAsync();
        await using var first = simulator;
        await using var second = gateway;
        var key = await gateway.KeyAsync();
        (string Path, string Body, bool IsFrames)[] calls =
        [
            (
                "/v1/chat/completions",
                $$"""{"model":"{{Claude}}","stream":true,"max_tokens":40,"messages":[{"role":"user","content":"hi"}]}""",
                false
            ),
            ("/v1/messages", $$"""{"model":"{{Claude}}","max_tokens":40,"messages":[{"role":"user","content":"hi"}]}""", false),
            ("/v1/responses", $$"""{"model":"amazon.nova-pro-v1:0","max_output_tokens":40,"input":"hi"}""", false),
            (
                $"/v1beta/models/{Claude}:streamGenerateContent?alt=sse",
                """{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"maxOutputTokens":40}}""",
                false
            ),
            ("/model/gpt-5-mini/converse", Conversation, false),
            ("/model/gpt-5-mini/converse-stream", Conversation, true),
            ("/model/gpt-5-mini/invoke", ClaudesBody, false),
            ("/model/gpt-5-mini/invoke-with-response-stream", ClaudesBody, true),
            ("/model/claude-test/converse-stream", Conversation, true),
            ("/model/claude-test/invoke", ClaudesBody, false),
            ("/model/claude-test/invoke-with-response-stream", ClaudesBody, true),
        ];

        foreach (var (path, body, isFrames) in calls)
        {
            using var response = await gateway.PostAsync(
                path,
                body,
                ("Authorization", $"Bearer {key}"),
                ("anthropic-version", "2023-06-01")
            );
            var answer = await response.Content.ReadAsStringAsync();
            Assert.True(response.StatusCode == HttpStatusCode.OK, $"{path}: {answer}");
            Assert.Equal(isFrames, response.Content.Headers.ContentType!.MediaType == Eventstream);
            await gateway.SettledAsync();
            var attempt = (await gateway.ExplainAsync(response))!["attempts"]![0]!;
            Assert.True(attempt["outcome"]!.GetValue<string>() == "completed", $"{path}: {attempt}");
            Assert.False(attempt["estimated"]!.GetValue<bool>(), path);
        }

        await AssertBilledAsync(simulator, gateway, calls.Length);
    }

    private static async Task AssertBilledAsync(Simulator.RunningSimulator simulator, TestGateway gateway, int requests)
    {
        using var client = new HttpClient();
        var billed = (await client.GetFromJsonAsync<JsonNode>(new Uri(simulator.Address, "/simulator/summary")))!["billed"]!;
        var microdollars =
            Count("input")
            + (Count("cache_read") * 0.5m)
            + ((Count("output") + Count("reasoning")) * 2m)
            + (Count("cache_write_5m") * 1.25m);
        var report = await gateway.AdminAsync(HttpMethod.Get, "/reports/spend");
        Assert.Equal(requests, Count("requests"));
        Assert.Equal(
            microdollars / 1_000_000m,
            decimal.Parse(report!["total"]!["cost_usd"]!.GetValue<string>(), CultureInfo.InvariantCulture)
        );

        decimal Count(string name) => billed[name]?.GetValue<decimal>() ?? 0m;
    }

    private static Task<TestGateway> RecordingAsync(Func<ProviderOptions, ProviderOptions>? change = null, bool withMaster = false) =>
        TestGateway.StartAsync(options: options =>
            options with
            {
                MasterKey = withMaster ? TestGateway.NewMasterKey() : null,
                PriceFiles = [.. options.PriceFiles, Prices],
                Providers = [.. options.Providers, (change ?? (same => same))(Bedrock(options.Providers[1].BaseUrl))],
            }
        );

    private static Func<HttpContext, Task> Answering(Action<HttpContext>? also = null) =>
        http =>
        {
            also?.Invoke(http);
            return RecordingUpstream.JsonAsync(
                http,
                200,
                """{"output":{"message":{"role":"assistant","content":[{"text":"hello"}]}},"stopReason":"end_turn","usage":{"inputTokens":10,"outputTokens":5,"totalTokens":15}}"""
            );
        };

    [Fact]
    public async Task Stored_keys_sign_with_their_session_token_which_never_comes_back()
    {
        const string token = "FwoGZXIvYXdzEPURSERSESSIONTOKEN==";
        await using var gateway = await RecordingAsync(withMaster: true);
        await gateway.AdminAsync(
            HttpMethod.Post,
            "/credentials",
            new
            {
                provider = "bedrock",
                kind = "aws-keys",
                secret = $$"""{"Version":1,"AccessKeyId":"ASIASTORED","SecretAccessKey":"{{Secret}}","SessionToken":"{{token}}"}""",
            }
        );
        gateway.Upstream.Answer = http =>
            RecordingUpstream.JsonAsync(
                http,
                403,
                $$"""{"message":"The token {{http.Request.Headers["x-amz-security-token"]}} has expired"}"""
            );

        using var response = await PostAsync(gateway, Claude, "converse", Conversation, await gateway.KeyAsync());

        var sent = Assert.Single(gateway.Upstream.Requests);
        Assert.Equal(token, sent.Headers["x-amz-security-token"]);
        Assert.StartsWith("AWS4-HMAC-SHA256 Credential=ASIASTORED/", sent.Headers["Authorization"], StringComparison.Ordinal);
        Assert.Contains($"/{Region}/bedrock/aws4_request", sent.Headers["Authorization"], StringComparison.Ordinal);
        Assert.DoesNotContain(token, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, string.Concat(sent.Headers.Values), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("aws-keys", "AKIA only", "invalid_secret")]
    [InlineData("aws-keys", """{"AccessKeyId":"AKIA"}""", "invalid_secret")]
    [InlineData("service-account", "{}", "invalid_kind")]
    public async Task What_isnt_such_a_credential_is_refused(string kind, string secret, string code)
    {
        await using var gateway = await RecordingAsync(withMaster: true);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/admin/v1/credentials")
        {
            Content = JsonContent.Create(
                new
                {
                    provider = "bedrock",
                    kind,
                    secret,
                }
            ),
        };
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {gateway.AdminKey}");

        using var response = await gateway.Client.SendAsync(request);

        Assert.False(response.IsSuccessStatusCode);
        var text = await response.Content.ReadAsStringAsync();
        Assert.Contains(code, text, StringComparison.Ordinal);
        Assert.DoesNotContain("AKIA only", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_api_key_of_Bedrocks_is_a_bearer_token()
    {
        await using var gateway = await RecordingAsync(provider =>
            provider with
            {
                AwsKeys = "",
                ApiKey = "bedrock-api-key-of-the-operator",
            }
        );
        gateway.Upstream.Answer = Answering();

        using var response = await PostAsync(gateway, Claude, "converse", Conversation, await gateway.KeyAsync());

        Assert.Equal("0.000020000", response.Headers.GetValues("x-purser-cost-usd").Single());
        var sent = Assert.Single(gateway.Upstream.Requests);
        Assert.Equal("Bearer bedrock-api-key-of-the-operator", sent.Headers["Authorization"]);
        Assert.False(sent.Headers.ContainsKey("x-amz-date"));
    }

    [Fact]
    public async Task A_client_that_signs_sends_the_key_as_its_session_token_and_nothing_of_that_goes_on()
    {
        await using var gateway = await RecordingAsync();
        gateway.Upstream.Answer = Answering();
        var key = await gateway.KeyAsync();

        using var response = await gateway.PostAsync(
            $"/model/{Claude}/converse",
            Conversation,
            ("Authorization", "AWS4-HMAC-SHA256 Credential=any/20261127/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=00"),
            ("x-amz-security-token", key),
            ("x-amz-date", "20200101T000000Z"),
            ("x-amz-content-sha256", "00")
        );

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var sent = Assert.Single(gateway.Upstream.Requests);
        Assert.DoesNotContain(key, string.Concat(sent.Headers.Values), StringComparison.Ordinal);
        Assert.NotEqual("20200101T000000Z", sent.Headers["x-amz-date"]);
        Assert.Equal(64, sent.Headers["x-amz-content-sha256"].Length);
    }

    [Theory]
    [InlineData("FwoGZXIvYXdzEtokenOfAnAwsAccount")]
    [InlineData(null)]
    public async Task A_client_that_signs_with_an_account_of_its_own_is_told_how_to_sign_in(string? token)
    {
        await using var gateway = await RecordingAsync();
        (string, string)[] headers =
        [
            ("Authorization", "AWS4-HMAC-SHA256 Credential=AKIA/20261127/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=00"),
            .. token is null ? [] : new[] { ("x-amz-security-token", token) },
        ];

        using var response = await gateway.PostAsync($"/model/{Claude}/invoke", ClaudesBody, headers);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("AccessDeniedException", response.Headers.GetValues("x-amzn-errortype").Single());
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Contains("AWS_SESSION_TOKEN", error["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Theory]
    [InlineData("invoke", ClaudesBody)]
    [InlineData("converse-stream", Conversation)]
    public async Task A_spent_budget_is_an_exception_of_Bedrocks_that_isnt_tried_again(string operation, string body)
    {
        await using var gateway = await RecordingAsync();

        using var response = await PostAsync(gateway, Claude, operation, body, await gateway.KeyAsync(usd: 0.000000001m));

        Assert.Equal(HttpStatusCode.PaymentRequired, response.StatusCode);
        Assert.Equal("AccessDeniedException", response.Headers.GetValues("x-amzn-errortype").Single());
        Assert.Equal("false", response.Headers.GetValues("x-should-retry").Single());
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Contains("budget", error["message"]!.GetValue<string>(), StringComparison.OrdinalIgnoreCase);
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task An_error_of_another_vendor_is_an_exception_to_Bedrocks_client()
    {
        await using var gateway = await RecordingAsync();
        gateway.Upstream.Answer = http =>
            RecordingUpstream.JsonAsync(http, 400, """{"error":{"message":"no such thing","type":"invalid_request_error","code":"bad"}}""");

        foreach (var (operation, body) in new[] { ("converse", Conversation), ("invoke", ClaudesBody) })
        {
            using var response = await PostAsync(gateway, "gpt-5-mini", operation, body, await gateway.KeyAsync());

            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
            Assert.Equal("ValidationException", response.Headers.GetValues("x-amzn-errortype").Single());
            var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
            Assert.Equal("no such thing", error["message"]!.GetValue<string>());
        }
    }

    [Fact]
    public async Task Counting_is_refused_as_Bedrock_refuses()
    {
        await using var gateway = await RecordingAsync();

        using var response = await PostAsync(gateway, Claude, "count-tokens", """{"input":{}}""", await gateway.KeyAsync());
        using var anonymous = await gateway.Client.PostAsync($"/model/{Claude}/count-tokens", null);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("ValidationException", response.Headers.GetValues("x-amzn-errortype").Single());
        Assert.Contains("count-tokens", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, anonymous.StatusCode);
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task The_lists_of_Bedrock_have_its_models_and_profiles()
    {
        await using var gateway = await RecordingAsync();
        gateway.Client.DefaultRequestHeaders.Add("Authorization", $"Bearer {await gateway.KeyAsync()}");

        var models = await gateway.Client.GetFromJsonAsync<JsonNode>("/foundation-models");
        var profiles = await gateway.Client.GetFromJsonAsync<JsonNode>("/inference-profiles?type=SYSTEM_DEFINED&maxResults=1000");
        var own = await gateway.Client.GetFromJsonAsync<JsonNode>("/inference-profiles?type=APPLICATION");
        var arn = $"arn:aws:bedrock:{Region}:000000000000:inference-profile/{Claude}";
        var one = await gateway.Client.GetFromJsonAsync<JsonNode>($"/inference-profiles/{Uri.EscapeDataString(arn)}");
        using var none = await gateway.Client.GetAsync("/inference-profiles/us.anthropic.claude-none");

        Assert.Equal(
            ["amazon.nova-pro-v1:0", "meta.llama3-3-70b-instruct-v1:0"],
            models!["modelSummaries"]!.AsArray().Select(model => model!["modelId"]!.GetValue<string>())
        );
        Assert.Equal(arn, Assert.Single(profiles!["inferenceProfileSummaries"]!.AsArray())!["inferenceProfileArn"]!.GetValue<string>());
        Assert.Empty(own!["inferenceProfileSummaries"]!.AsArray());
        Assert.Equal(Claude, one!["inferenceProfileId"]!.GetValue<string>());
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
        gateway.Client.DefaultRequestHeaders.Clear();
        using var anonymous = await gateway.Client.GetAsync("/inference-profiles");
        Assert.Equal(HttpStatusCode.Unauthorized, anonymous.StatusCode);
    }

    [Fact]
    public async Task An_applications_own_profile_is_a_deployment()
    {
        const string arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc";
        await using var gateway = await RecordingAsync(provider =>
            provider with
            {
                Deployments = new Dictionary<string, string> { [arn] = Claude },
            }
        );
        gateway.Upstream.Answer = Answering();

        using var response = await PostAsync(gateway, arn, "converse", Conversation, await gateway.KeyAsync());
        using var unknown = await PostAsync(gateway, arn + "d", "converse", Conversation, await gateway.KeyAsync());

        Assert.Equal("0.000020000", response.Headers.GetValues("x-purser-cost-usd").Single());
        Assert.EndsWith(
            "application-inference-profile%2Fabc/converse",
            Assert.Single(gateway.Upstream.Requests).Target,
            StringComparison.Ordinal
        );
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Theory]
    [InlineData("region: eu-central-1", "https://bedrock-runtime.eu-central-1.amazonaws.com/", "", "", null)]
    [InlineData("region: us-east-1\n    base_url: http://x:1/b", "http://x:1/b", "", "", null)]
    [InlineData("region: us-east-1\n    access_key_id: A\n    secret_access_key: ${S}\n    session_token: T", null, "A:s:T", "", null)]
    [InlineData("region: us-east-1\n    profile: prod", null, "", "", null)]
    [InlineData("region: us-east-1\n    api_key: ${S}", null, "", "s", null)]
    [InlineData("api_key: x", null, "", "", "'region' is missing")]
    [InlineData("region: us-east-1\n    access_key_id: A", null, "", "", "belong together")]
    [InlineData("region: us-east-1\n    session_token: A", null, "", "", "belong together")]
    [InlineData("region: us-east-1\n    api_key: x\n    profile: p", null, "", "", "not several")]
    public void The_configuration_says_where_it_is_and_who_signs(string keys, string? url, string aws, string apiKey, string? error)
    {
        var file = ConfigurationFile.Parse("purser.yml", $"providers:\n  - name: bedrock\n    {keys}\n", name => name == "S" ? "s" : null);

        if (error is not null)
        {
            Assert.Contains(file.Errors, found => found.Message.Contains(error, StringComparison.Ordinal));
            return;
        }

        Assert.Empty(file.Errors);
        var provider = Assert.Single(file.Providers);
        Assert.Equal((aws, apiKey), (provider.AwsKeys, provider.ApiKey));
        Assert.Equal(url ?? provider.BaseUrl.ToString(), provider.BaseUrl.ToString());
        Assert.DoesNotContain(":s", provider.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_keys_of_its_own_AWSs_variable_is_taken_and_elsewhere_its_settings_are_errors()
    {
        string? Environment(string name) => name == "AWS_BEARER_TOKEN_BEDROCK" ? "token" : null;
        var file = ConfigurationFile.Parse("purser.yml", "providers: [{ name: bedrock, region: us-east-1 }]", Environment);
        var alien = ConfigurationFile.Parse("purser.yml", "providers: [{ name: openai, region: us-east-1, api_key: x }]", Environment);

        Assert.Equal("token", Assert.Single(file.Providers).ApiKey);
        Assert.Contains("'region' is for", Assert.Single(alien.Errors).Message, StringComparison.Ordinal);
    }
}
