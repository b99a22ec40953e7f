using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Purser.Core.Pricing;
using Purser.Gateway.Configuration;
using Purser.Simulator;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline;

/// <summary>What is passed through to a provider at its own paths, and what isn't.</summary>
public sealed class ProviderPathTests
{
    private static readonly PriceFile Mistral = new(
        "mistral.yml",
        """
        provider: mistral
        models:
          - id: mistral-ocr
            prices:
              - start: unknown
                source: made up for tests
                ocr_per_page: 0.004
          - id: flat
            prices:
              - start: unknown
                source: made up for tests
                request_per_call: 0.25
        """
    );

    private const string Pages =
        """{"model":"mistral-ocr","document":{"type":"document_url","document_url":"https://x/y.pdf"},"pages":[0,1,2]}""";
    private const string PagesRead =
        """{"pages":[{"index":0},{"index":1}],"model":"mistral-ocr","usage_info":{"pages_processed":2,"doc_size_bytes":10}}""";

    /// <summary>A gateway with the routes that an operator added, each provider at the recording one.</summary>
    private static Task<TestGateway> StartAsync(string routes = "", string api = "mistral")
    {
        var parsed = ConfigurationFile.Parse(
            "purser.yml",
            $"providers:\n  - name: {api}\n    base_url: http://127.0.0.1:1\n    api_key: k\n{routes}",
            _ => null
        );
        Assert.Empty(parsed.Errors);
        return TestGateway.StartAsync(options: options =>
            options with
            {
                PriceFiles = [.. options.PriceFiles, Mistral],
                Providers =
                [
                    .. options.Providers,
                    .. api is "openai" or "anthropic"
                        ? (ProviderOptions[])[]
                        :
                        [
                            new ProviderOptions
                            {
                                Name = api,
                                Api = api,
                                BaseUrl = options.Providers[0].BaseUrl,
                                ApiKey = "sk-other-secret",
                                Passthrough = parsed.Providers[0].Passthrough,
                            },
                        ],
                ],
            }
        );
    }

    private static async Task<decimal> SpentAsync(TestGateway gateway)
    {
        await gateway.SettledAsync();
        var report = await gateway.AdminAsync(HttpMethod.Get, "/reports/spend");
        return decimal.Parse(report!["total"]!["cost_usd"]!.GetValue<string>(), CultureInfo.InvariantCulture);
    }

    private static async Task<(HttpStatusCode Status, string Code, HttpResponseMessage Response)> SendAsync(
        TestGateway gateway,
        string path,
        string? body = null,
        string? key = null
    )
    {
        key ??= await gateway.KeyAsync();
        var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, path);
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        request.Headers.TryAddWithoutValidation("x-purser-tags", "a=b");
        request.Headers.TryAddWithoutValidation("x-http-method-override", "DELETE");
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        var response = await gateway.Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        var code = response.IsSuccessStatusCode ? "" : JsonNode.Parse(text)!["error"]?["code"]?.GetValue<string>() ?? "";
        return (response.StatusCode, code, response);
    }

    [Fact]
    public async Task A_known_format_is_served_as_ever_by_that_provider_alone()
    {
        await using var simulator = await Simulator.Simulator.StartAsync(new SimulatorOptions { Listen = new Uri("http://127.0.0.1:0") });
        await using var gateway = await TestGateway.StartAsync(options: options =>
            options with
            {
                Providers =
                [
                    options.Providers[0] with
                    {
                        Name = "first",
                        PriceProvider = "openai",
                    },
                    options.Providers[0] with
                    {
                        Name = "second",
                        PriceProvider = "openai",
                        BaseUrl = new Uri(simulator.Address, "/v1"),
                    },
                ],
            }
        );
        var body = """{"model":"gpt-5-mini","max_completion_tokens":20,"stream":true,"messages":[{"role":"user","content":"hello"}]}""";
        var (status, _, response) = await SendAsync(gateway, "/passthrough/second/v1/chat/completions", body);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("[DONE]", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(gateway.Upstream.Requests);
        Assert.True(await SpentAsync(gateway) > 0m);
        var attempt = (await gateway.ExplainAsync(response))!["attempts"]![0]!;
        Assert.Equal("second", attempt["provider"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_model_that_another_provider_serves_is_not_found_at_this_one()
    {
        await using var gateway = await StartAsync();
        var body = """{"model":"gpt-5-mini","messages":[{"role":"user","content":"hello"}]}""";
        var (status, code, _) = await SendAsync(gateway, "/passthrough/mistral/v1/chat/completions", body);
        Assert.Equal((HttpStatusCode.NotFound, "model_not_found"), (status, code));
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task A_document_is_held_at_its_pages_and_charged_by_those_that_were_read()
    {
        await using var gateway = await StartAsync();
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, PagesRead);
        var (status, _, response) = await SendAsync(gateway, "/passthrough/mistral/v1/ocr", Pages, await gateway.KeyAsync(0.012m));
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("0.008", response.Headers.GetValues("x-purser-cost-usd").Single().TrimEnd('0'));
        Assert.Equal(PagesRead, await response.Content.ReadAsStringAsync());
        Assert.Equal(0.008m, await SpentAsync(gateway));
        var sent = Assert.Single(gateway.Upstream.Requests);
        Assert.Equal(("/v1/ocr", Pages, "Bearer sk-other-secret"), (sent.Target, sent.Body, sent.Headers["Authorization"]));
        Assert.DoesNotContain(sent.Headers.Keys, name => name.StartsWith("x-purser", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain("x-http-method-override", sent.Headers.Keys);
    }

    [Theory]
    [InlineData(
        "mistral",
        "/v1/ocr",
        """{"model":"mistral-ocr","pages":[0],"document":{"type":"file","file_id":"f"}}""",
        "reference_not_served"
    )]
    [InlineData(
        "anthropic",
        "/v1/messages/count_tokens",
        """{"model":"m","messages":[{"role":"user","content":[{"type":"document","source":{"type":"file","file_id":"f"}}]}]}""",
        "reference_not_served"
    )]
    [InlineData("anthropic", "/v1/messages/count_tokens", """{"a":NaN,"file_id":"f"}""", "invalid_json")]
    [InlineData(
        "gemini",
        "/v1beta/models/m:countTokens",
        """{"generateContentRequest":{"contents":[],"cachedContent":"cachedContents/c"}}""",
        "reference_not_served"
    )]
    public async Task What_the_provider_keeps_is_not_named_to_it(string api, string path, string body, string code)
    {
        await using var gateway = await StartAsync(api: api);
        var (status, refused, _) = await SendAsync(gateway, $"/passthrough/{api}{path}", body);
        Assert.Equal((HttpStatusCode.BadRequest, code), (status, refused));
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task Without_budget_for_its_pages_no_document_is_sent()
    {
        await using var gateway = await StartAsync();
        var (status, code, _) = await SendAsync(gateway, "/passthrough/mistral/v1/ocr", Pages, await gateway.KeyAsync(0.011m));
        Assert.Equal((HttpStatusCode.PaymentRequired, "budget_exceeded"), (status, code));
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task An_answer_that_does_not_say_what_it_used_is_charged_at_the_hold()
    {
        await using var gateway = await StartAsync();
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, "{}");
        await SendAsync(gateway, "/passthrough/mistral/v1/ocr", Pages);
        Assert.Equal(0.012m, await SpentAsync(gateway));
    }

    [Theory]
    [InlineData("""{"model":"mistral-unheard-of","pages":[0]}""", HttpStatusCode.PaymentRequired, "model_not_priced")]
    [InlineData("""{"pages":[0]}""", HttpStatusCode.BadRequest, "model_missing")]
    [InlineData("""{"model":"mistral-ocr","model":"dear","pages":[0]}""", HttpStatusCode.BadRequest, "model_missing")]
    [InlineData(
        """{"model":"mistral-ocr","pages":[0],"document_annotation_format":{"type":"json_schema"}}""",
        HttpStatusCode.PaymentRequired,
        "model_not_priced"
    )]
    [InlineData("not json", HttpStatusCode.BadRequest, "invalid_json")]
    public async Task What_the_book_cannot_price_is_refused(string body, HttpStatusCode status, string code)
    {
        await using var gateway = await StartAsync();
        var refused = await SendAsync(gateway, "/passthrough/mistral/v1/ocr", body);
        Assert.Equal((status, code), (refused.Status, refused.Code));
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Theory]
    [InlineData("cohere", "/v1/tokenize", """{"text":"a","model":"command-a"}""")]
    [InlineData("gemini", "/v1beta/models/gemini-2.5-flash:countTokens", """{"contents":[]}""")]
    [InlineData("gemini", "/v1beta/models?pageSize=5", null)]
    [InlineData("mistral", "/v1/models?limit=3&key=secret", null)]
    [InlineData("anthropic", "/v1/models/claude-test", null)]
    public async Task Counts_and_lists_are_free(string api, string path, string? body)
    {
        await using var gateway = await StartAsync(api: api == "anthropic" ? "mistral" : api);
        var secret = api == "anthropic" ? "sk-ant-provider-secret" : "sk-other-secret";
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, $$"""{"ok":true,"key":"{{secret}}"}""");
        var (status, code, response) = await SendAsync(gateway, $"/passthrough/{api}{path}", body);
        Assert.Equal((HttpStatusCode.OK, ""), (status, code));
        Assert.DoesNotContain(secret, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(path.Replace("&key=secret", "", StringComparison.Ordinal), Assert.Single(gateway.Upstream.Requests).Target);
        Assert.Equal(0m, await SpentAsync(gateway));
    }

    [Fact]
    public async Task Counts_and_lists_are_what_the_provider_answers()
    {
        await using var simulator = await Simulator.Simulator.StartAsync(new SimulatorOptions { Listen = new Uri("http://127.0.0.1:0") });
        await using var gateway = await TestGateway.StartAsync(options: options =>
            options with
            {
                Providers =
                [
                    .. options.Providers.Select(provider =>
                        provider with
                        {
                            BaseUrl = provider.Api == "openai" ? new Uri(simulator.Address, "/v1") : simulator.Address,
                        }
                    ),
                    options.Providers[0] with
                    {
                        Name = "gemini",
                        Api = "gemini",
                        BaseUrl = simulator.Address,
                        Models = [],
                    },
                ],
            }
        );
        (string Path, string? Body, string Says)[] calls =
        [
            ("/openai/v1/models", null, "\"object\":\"list\""),
            (
                "/anthropic/v1/messages/count_tokens",
                """{"model":"claude-sonnet-4-5","messages":[{"role":"user","content":"one two"}]}""",
                "input_tokens"
            ),
            ("/gemini/v1beta/models/gemini-2.5-flash:countTokens", """{"contents":[{"parts":[{"text":"one two"}]}]}""", "totalTokens"),
        ];
        foreach (var (path, body, says) in calls)
        {
            var (status, _, response) = await SendAsync(gateway, "/passthrough" + path, body);
            var text = (await response.Content.ReadAsStringAsync()).Replace(" ", "", StringComparison.Ordinal);
            Assert.True(status == HttpStatusCode.OK && text.Contains(says, StringComparison.Ordinal), $"{path}: {(int)status} {text}");
        }

        Assert.Equal(0m, await SpentAsync(gateway));
    }

    [Fact]
    public async Task An_operators_route_costs_what_the_operator_says()
    {
        await using var gateway = await StartAsync(
            """
                passthrough:
                  - route: POST /v1/things/{id}
                    model: flat
                    unit: flat_request
                  - route: POST /v1/free
                    free: true
                    parameters: [mode]
            """ + "\n"
        );
        gateway.Upstream.Answer = http =>
            RecordingUpstream.JsonAsync(http, http.Request.Path.Value!.EndsWith("bad", StringComparison.Ordinal) ? 400 : 200, "{}");
        var thing = await SendAsync(gateway, "/passthrough/mistral/v1/things/one", "{}");
        Assert.Equal((HttpStatusCode.OK, 0.25m), (thing.Status, await SpentAsync(gateway)));
        var bad = await SendAsync(gateway, "/passthrough/mistral/v1/things/bad", "{}");
        Assert.Equal((HttpStatusCode.BadRequest, 0.25m), (bad.Status, await SpentAsync(gateway)));
        var free = await SendAsync(gateway, "/passthrough/mistral/v1/free?mode=x", "{}");
        Assert.Equal((HttpStatusCode.OK, 0.25m), (free.Status, await SpentAsync(gateway)));
        Assert.Equal(3, gateway.Upstream.Requests.Count);
    }

    [Fact]
    public async Task An_answer_of_a_fixed_price_is_relayed_as_it_comes()
    {
        await using var gateway = await StartAsync(
            "    passthrough:\n      - route: POST /v1/things\n        model: flat\n        unit: flat_request\n"
        );
        var goOn = new TaskCompletionSource();
        gateway.Upstream.Answer = async http =>
        {
            await RecordingUpstream.EventsAsync(http, "data: 1\n\n");
            await goOn.Task;
            await RecordingUpstream.EventsAsync(http, "data: 2\n\n");
        };
        using var response = await gateway.PostAsync(
            "/passthrough/mistral/v1/things",
            "{}",
            ("Authorization", $"Bearer {await gateway.KeyAsync()}")
        );
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.Equal("data: 1", await reader.ReadLineAsync());
        goOn.SetResult();
        Assert.Equal("\ndata: 2\n\n", await reader.ReadToEndAsync());
        Assert.Equal(0.25m, await SpentAsync(gateway));
    }

    /// <summary>Each would be something else to some reader of it, or is a provider's administration, or keeps things for the organization.</summary>
    [Theory]
    [InlineData("GET", "/passthrough/openai/v1/organization/admin_api_keys")]
    [InlineData("GET", "/passthrough/openai/v1/organization/usage/completions")]
    [InlineData("GET", "/passthrough/openai/v1/models/../organization/users")]
    [InlineData("GET", "/passthrough/openai/v1/models/%2e%2e/organization/users")]
    [InlineData("GET", "/passthrough/openai/v1/models/%2E%2E/organization/users")]
    [InlineData("GET", "/passthrough/openai/v1/models/%252e%252e/organization/users")]
    [InlineData("GET", "/passthrough/openai/v1/models/..%2forganization%2fusers")]
    [InlineData("GET", "/passthrough/openai/v1/models/..%5corganization")]
    [InlineData("GET", "/passthrough/openai/v1/models/..\\organization")]
    [InlineData("GET", "/passthrough/openai/v1/models/..;/organization")]
    [InlineData("GET", "/passthrough/openai/v1/models;/organization")]
    [InlineData("GET", "/passthrough/openai/v1/models/.")]
    [InlineData("GET", "/passthrough/openai/v1/models/gpt.")]
    [InlineData("GET", "/passthrough/openai/v1/models/")]
    [InlineData("GET", "/passthrough/openai/v1//models")]
    [InlineData("GET", "/passthrough/openai//v1/models")]
    [InlineData("GET", "/passthrough//openai/v1/models")]
    [InlineData("GET", "//passthrough/openai/v1/models")]
    [InlineData("GET", "/passthrough/openai/v1/m%6fdels")]
    [InlineData("GET", "/passthrough/openai/v1/MODELS")]
    [InlineData("GET", "/passthrough/openai/V1/models")]
    [InlineData("GET", "/PASSTHROUGH/openai/v1/models")]
    [InlineData("GET", "/passthrough/OpenAI/v1/models")]
    [InlineData("GET", "/passthrough/openai/v1/models%00")]
    [InlineData("GET", "/passthrough/openai/v1/models%3f")]
    [InlineData("GET", "/passthrough/openai/v1/models%20")]
    [InlineData("GET", "/passthrough/openai/v1/models/a:delete")]
    [InlineData("GET", "/passthrough/openai/v1/models/users")]
    [InlineData("GET", "/passthrough/openai/v1/models?after=a&$httpMethod=DELETE")]
    [InlineData("GET", "/passthrough/openai/v1/models?%61fter=a")]
    [InlineData("GET", "/passthrough/openai/v1/models?alt=media")]
    [InlineData("GET", "http://api.openai.com/passthrough/openai/v1/models")]
    [InlineData("GET", "/v1/../passthrough/openai/v1/models")]
    [InlineData("GET", "/passthrough/openai/../openai/v1/models")]
    [InlineData("GET", "/passthrough/openai@evil.example/v1/models")]
    [InlineData("GET", "/passthrough/openai")]
    [InlineData("GET", "/passthrough/nobody/v1/models")]
    [InlineData("DELETE", "/passthrough/openai/v1/models/ft:gpt-4o:acme::id")]
    [InlineData("POST", "/passthrough/openai/v1/models")]
    [InlineData("HEAD", "/passthrough/openai/v1/models")]
    [InlineData("PUT", "/passthrough/openai/v1/models")]
    [InlineData("GET", "/passthrough/openai/v1/files")]
    [InlineData("GET", "/passthrough/openai/v1/files/file-1/content")]
    [InlineData("GET", "/passthrough/openai/v1/batches")]
    [InlineData("GET", "/passthrough/openai/v1/responses/resp_1")]
    [InlineData("GET", "/passthrough/openai/v1/chat/completions")]
    [InlineData("GET", "/passthrough/openai/v1/assistants")]
    [InlineData("POST", "/passthrough/openai/v1/assistants")]
    [InlineData("POST", "/passthrough/openai/v1/threads")]
    [InlineData("POST", "/passthrough/openai/v1/fine_tuning/jobs")]
    [InlineData("GET", "/passthrough/openai/v1/fine_tuning/checkpoints/c/permissions")]
    [InlineData("POST", "/passthrough/openai/v1/vector_stores")]
    [InlineData("POST", "/passthrough/openai/v1/realtime/client_secrets")]
    [InlineData("POST", "/passthrough/openai/v1/videos")]
    [InlineData("GET", "/passthrough/openai/dashboard/billing/usage")]
    [InlineData("GET", "/passthrough/anthropic/v1/organizations/api_keys")]
    [InlineData("GET", "/passthrough/anthropic/v1/organizations/cost_report")]
    [InlineData("POST", "/passthrough/anthropic/v1/messages/batches")]
    [InlineData("GET", "/passthrough/anthropic/v1/files")]
    public async Task What_is_not_on_the_list_is_not_reached(string method, string target)
    {
        await using var gateway = await StartAsync();
        var answer = await RawAsync(gateway, $"{method} {target} HTTP/1.1", await gateway.KeyAsync());
        Assert.Matches("^HTTP/1.1 4[0-9][0-9] ", answer);
        Assert.Empty(gateway.Upstream.Requests);
    }

    /// <summary>The host that a request names is no part of where it goes.</summary>
    [Fact]
    public async Task The_hosts_name_changes_nothing()
    {
        await using var gateway = await StartAsync();
        var answer = await RawAsync(gateway, "GET /passthrough/openai/v1/models HTTP/1.1", await gateway.KeyAsync(), "evil.example");
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.Equal(gateway.Upstream.Address.Authority, Assert.Single(gateway.Upstream.Requests).Headers["Host"]);
    }

    [Fact]
    public async Task Whoever_has_no_key_learns_nothing_of_the_list()
    {
        await using var gateway = await StartAsync();
        foreach (
            var path in (string[])
                ["/passthrough/openai/v1/models", "/passthrough/nobody/v1/models", "/passthrough/openai/v1/organization/users"]
        )
        {
            var refused = await SendAsync(gateway, path, key: "no key");
            Assert.Equal((HttpStatusCode.Unauthorized, "invalid_api_key"), (refused.Status, refused.Code));
        }
    }

    [Fact]
    public async Task What_is_not_allowed_says_how_an_operator_allows_it()
    {
        await using var gateway = await StartAsync();
        var (status, code, response) = await SendAsync(gateway, "/passthrough/mistral/v1/classifications", "{}");
        Assert.Equal((HttpStatusCode.Forbidden, "route_not_allowed"), (status, code));
        Assert.Contains("- route: POST /v1/classifications", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("route: POST /v1/organization/users\n        free: true", "never passed through")]
    [InlineData("route: DELETE /v1/things\n        free: true", "GET or POST")]
    [InlineData("route: POST /v1/../things\n        free: true", "GET or POST")]
    [InlineData("route: POST /v1/things", "either 'free: true'")]
    [InlineData("route: POST /v1/things\n        free: true\n        unit: ocr_page", "either 'free: true'")]
    [InlineData("route: POST /v1/things\n        unit: parsecs", "'unit' is one of")]
    [InlineData("route: POST /v1/things\n        unit: ocr_page\n        reader: ocr", "'most' is missing")]
    [InlineData("route: POST /v1/things\n        unit: ocr_page\n        reader: tea-leaves\n        most: 3", "'reader' is one")]
    public void A_route_without_a_price_is_an_error_of_the_configuration(string route, string error)
    {
        var parsed = ConfigurationFile.Parse(
            "purser.yml",
            $"providers:\n  - name: mistral\n    api_key: k\n    passthrough:\n      - {route}\n",
            _ => null
        );
        Assert.Contains(parsed.Errors, found => found.Message.Contains(error, StringComparison.Ordinal));
    }

    /// <summary>Sends a request line as it is: clients' libraries would mend it.</summary>
    private static async Task<string> RawAsync(TestGateway gateway, string line, string key, string? host = null)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(gateway.Address.Host, gateway.Address.Port);
        var stream = socket.GetStream();
        var request =
            $"{line}\r\nHost: {host ?? gateway.Address.Authority}\r\nAuthorization: Bearer {key}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}";
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return await reader.ReadToEndAsync();
    }
}
