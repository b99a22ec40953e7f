using System.Net;
using System.Text.Json.Nodes;
using Purser.Simulator;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline;

/// <summary>Stored responses belong to the account whose key asked for them.</summary>
public sealed class OwnedResponsesTests
{
    private const string Answer =
        """{"id":"resp_1","object":"response","status":"completed","model":"gpt-5-mini-2025-08-07","output":[{"id":"rs_1","type":"reasoning","summary":[]},{"id":"msg_1","type":"message","content":[{"type":"output_text","text":"hello"}]}],"usage":{"input_tokens":11,"output_tokens":7,"total_tokens":18}}""";
    private const string First =
        "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":{\"id\":\"resp_1\",\"object\":\"response\",\"status\":\"in_progress\",\"model\":\"gpt-5-mini\",\"output\":[]}}\n\n"
        + "event: response.output_item.added\ndata: {\"type\":\"response.output_item.added\",\"sequence_number\":1,\"output_index\":0,\"item\":{\"id\":\"msg_1\",\"type\":\"message\",\"status\":\"in_progress\",\"content\":[],\"role\":\"assistant\"}}\n\n"
        + "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"sequence_number\":2,\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,\"delta\":\"hi\"}\n\n";
    private const string Last =
        "event: response.completed\ndata: {\"type\":\"response.completed\",\"sequence_number\":3,\"response\":{\"id\":\"resp_1\",\"object\":\"response\",\"status\":\"completed\",\"model\":\"gpt-5-mini\",\"output\":[],\"usage\":{\"input_tokens\":11,\"output_tokens\":9,\"total_tokens\":20}}}\n\n";

    public static TheoryData<string, int, string> References =>
        new()
        {
            { "\"previous_response_id\":\"resp_1\"", 400, "previous_response_not_found" },
            { "\"previous_response_id\":7", 400, "previous_response_not_found" },
            { "\"previous\\u005fresponse_id\":\"resp_1\"", 400, "previous_response_not_found" },
            { "\"conversation\":\"conv_1\"", 404, "conversation_not_found" },
            { "\"conversation\":{\"id\":\"conv_1\"}", 404, "conversation_not_found" },
            { "\"conversation\":{}", 404, "conversation_not_found" },
            { "\"input\":[{\"type\":\"item_reference\",\"id\":\"msg_1\"}]", 404, "item_not_found" },
            { "\"input\":[{\"type\":\"item_reference\",\"id\":\"msg_1\",\"encrypted_content\":\"x\"}]", 404, "item_not_found" },
            { "\"input\":[{\"id\":\"msg_1\"}]", 404, "item_not_found" },
            { "\"input\":[{\"id\":\"msg_1\",\"id\":\"msg_2\"}]", 404, "item_not_found" },
            { "\"input\":[{\"type\":\"reasoning\",\"id\":\"rs_1\",\"summary\":[]}]", 404, "item_not_found" },
        };

    [Theory]
    [MemberData(nameof(References))]
    public async Task What_another_account_has_is_unknown_and_the_provider_isnt_asked(string member, int status, string code)
    {
        await using var gateway = await TestGateway.StartAsync();
        var (one, other) = (await KeyOfAsync(gateway, "one"), await KeyOfAsync(gateway, "other"));
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, Answer);
        using var made = await gateway.ResponsesAsync(one, Body(""));
        Assert.Equal(HttpStatusCode.OK, made.StatusCode);

        using var response = await gateway.ResponsesAsync(other, Body(member));

        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal((status, code), ((int)response.StatusCode, error["code"]!.GetValue<string>()));
        Assert.Single(gateway.Upstream.Requests);
        Assert.Equal(0, await gateway.OpenReservationsAsync());
    }

    [Theory]
    [InlineData("\"previous_response_id\":\"resp_1\"")]
    [InlineData("\"previous_response_id\":null")]
    [InlineData("\"input\":[{\"type\":\"item_reference\",\"id\":\"msg_1\"}]")]
    [InlineData("\"input\":[{\"type\":\"reasoning\",\"id\":\"rs_1\",\"summary\":[]},{\"role\":\"user\",\"content\":\"go on\"}]")]
    public async Task Ones_own_is_gone_on_from_also_after_a_restart(string member)
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await KeyOfAsync(gateway, "one");
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, Answer);
        using var made = await gateway.ResponsesAsync(key, Body(""));
        await gateway.RestartAsync(options => options);

        using var response = await gateway.ResponsesAsync(key, Body(member));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains(member, gateway.Upstream.Requests.Last().Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_isnt_stored_isnt_kept_and_items_that_are_whole_need_no_owner()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await KeyOfAsync(gateway, "one");
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, Answer);
        using var made = await gateway.ResponsesAsync(key, Body("\"store\":false"));

        using var next = await gateway.ResponsesAsync(key, Body("\"previous_response_id\":\"resp_1\""));
        using var whole = await gateway.ResponsesAsync(
            key,
            Body(
                "\"store\":false,\"input\":[{\"type\":\"reasoning\",\"id\":\"rs_9\",\"summary\":[],\"encrypted_content\":\"gAAA\"},{\"type\":\"message\",\"id\":\"msg_9\",\"role\":\"assistant\",\"content\":\"hi\"},{\"type\":\"function_call\",\"id\":\"fc_9\",\"call_id\":\"c\",\"name\":\"f\",\"arguments\":\"{}\"}]"
            )
        );

        Assert.Equal(HttpStatusCode.BadRequest, next.StatusCode);
        Assert.Equal(HttpStatusCode.OK, whole.StatusCode);
    }

    [Fact]
    public async Task A_streams_ids_are_kept_before_the_client_has_them()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await KeyOfAsync(gateway, "one");
        var goOn = new TaskCompletionSource();
        gateway.Upstream.Answer = async http =>
        {
            await RecordingUpstream.EventsAsync(http, First);
            await goOn.Task;
            await RecordingUpstream.EventsAsync(http, Last);
        };
        using var stream = await gateway.ResponsesAsync(key, Body("\"stream\":true"));
        await using var body = await stream.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte[64]);

        // The answer is still under way, and its items can be named already.
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, Answer);
        using var shown = await SendAsync(gateway, key, HttpMethod.Get, "/v1/responses/resp_1");
        using var next = await gateway.ResponsesAsync(key, Body("\"input\":[{\"type\":\"item_reference\",\"id\":\"msg_1\"}]"));
        goOn.SetResult();

        Assert.Equal(HttpStatusCode.OK, shown.StatusCode);
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
        Assert.Contains("response.completed", await new StreamReader(body).ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_response_is_shown_and_deleted_for_its_own_account_alone()
    {
        await using var simulator = await Simulator.Simulator.StartAsync(new SimulatorOptions { Listen = new Uri("http://127.0.0.1:0") });
        await using var gateway = await TestGateway.StartAsync(options: options =>
            options with
            {
                Providers = [options.Providers[0] with { BaseUrl = new Uri(simulator.Address, "/v1") }],
            }
        );
        var (one, other) = (await KeyOfAsync(gateway, "one"), await KeyOfAsync(gateway, "other"));
        using var made = await gateway.ResponsesAsync(one, Body(""));
        var id = JsonNode.Parse(await made.Content.ReadAsStringAsync())!["id"]!.GetValue<string>();

        foreach (
            var (method, path) in ((HttpMethod, string)[])
                [
                    (HttpMethod.Get, ""),
                    (HttpMethod.Get, "?stream=true"),
                    (HttpMethod.Get, "/input_items"),
                    (HttpMethod.Post, "/cancel"),
                    (HttpMethod.Delete, ""),
                ]
        )
        {
            using var refused = await SendAsync(gateway, other, method, $"/v1/responses/{id}{path}");
            Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
            Assert.Contains("response_not_found", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        using var shown = await SendAsync(gateway, one, HttpMethod.Get, $"/v1/responses/{id}");
        using var items = await SendAsync(gateway, one, HttpMethod.Get, $"/v1/responses/{id}/input_items?order=asc&limit=1");
        using var cancelled = await SendAsync(gateway, one, HttpMethod.Post, $"/v1/responses/{id}/cancel");
        Assert.Equal(id, JsonNode.Parse(await shown.Content.ReadAsStringAsync())!["id"]!.GetValue<string>());
        Assert.Single(JsonNode.Parse(await items.Content.ReadAsStringAsync())!["data"]!.AsArray());
        Assert.Contains("Cannot cancel a synchronous response.", await cancelled.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var next = await gateway.ResponsesAsync(one, Body($"\"previous_response_id\":\"{id}\""));
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
        using var deleted = await SendAsync(gateway, one, HttpMethod.Delete, $"/v1/responses/{id}");
        using var gone = await SendAsync(gateway, one, HttpMethod.Get, $"/v1/responses/{id}");
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotFound), (deleted.StatusCode, gone.StatusCode));
    }

    [Theory]
    [InlineData(",\"store\":true", false, true)]
    [InlineData(",\"store\":true", true, true)]
    [InlineData(",\"store\":false", false, false)]
    [InlineData("", false, false)]
    public async Task A_stored_chat_completion_is_shown_and_deleted_for_its_own_account_alone(string member, bool stream, bool isStored)
    {
        await using var gateway = await TestGateway.StartAsync();
        var (one, other) = (await KeyOfAsync(gateway, "one"), await KeyOfAsync(gateway, "other"));
        const string chunk =
            "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-5-mini\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
        gateway.Upstream.Answer = http =>
            stream && http.Request.Method == "POST"
                ? RecordingUpstream.EventsAsync(http, chunk)
                : RecordingUpstream.JsonAsync(http, 200, RecordingUpstream.ChatAnswer);
        using var made = await gateway.ChatAsync(
            one,
            $"{{\"model\":\"gpt-5-mini\",\"max_tokens\":9,\"stream\":{(stream ? "true" : "false")},\"messages\":[{{\"role\":\"user\",\"content\":\"hi\"}}]{member}}}"
        );
        _ = await made.Content.ReadAsStringAsync();

        foreach (var path in (string[])["", "/messages?limit=1&x=2"])
        {
            using var shown = await SendAsync(gateway, one, HttpMethod.Get, $"/v1/chat/completions/chatcmpl-1{path}");
            using var refused = await SendAsync(gateway, other, HttpMethod.Get, $"/v1/chat/completions/chatcmpl-1{path}");
            Assert.Equal(isStored ? HttpStatusCode.OK : HttpStatusCode.NotFound, shown.StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
        }

        using var deleted = await SendAsync(gateway, one, HttpMethod.Delete, "/v1/chat/completions/chatcmpl-1");
        using var gone = await SendAsync(gateway, one, HttpMethod.Get, "/v1/chat/completions/chatcmpl-1");
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        string[] asked = isStored
            ?
            [
                "/v1/chat/completions",
                "/v1/chat/completions/chatcmpl-1",
                "/v1/chat/completions/chatcmpl-1/messages?limit=1",
                "/v1/chat/completions/chatcmpl-1",
            ]
            : ["/v1/chat/completions"];
        Assert.Equal(asked, gateway.Upstream.Requests.Select(request => request.Target));
    }

    [Fact]
    public async Task Nothing_of_a_clients_query_goes_on_but_what_is_known()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await KeyOfAsync(gateway, "one");
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, Answer);
        using var made = await gateway.ResponsesAsync(key, Body(""));

        using var shown = await SendAsync(
            gateway,
            key,
            HttpMethod.Get,
            "/v1/responses/resp_1?include[]=a%26b%3Dc&project=other&api-version=1"
        );

        Assert.Equal("/v1/responses/resp_1?include%5B%5D=a%26b%3Dc", gateway.Upstream.Requests.Last().Target);
    }

    [Fact]
    public async Task Many_requests_at_once_have_each_their_own()
    {
        await using var simulator = await Simulator.Simulator.StartAsync(new SimulatorOptions { Listen = new Uri("http://127.0.0.1:0") });
        await using var gateway = await TestGateway.StartAsync(options: options =>
            options with
            {
                Providers = [options.Providers[0] with { BaseUrl = new Uri(simulator.Address, "/v1") }],
            }
        );
        string[] keys = [await KeyOfAsync(gateway, "one"), await KeyOfAsync(gateway, "two"), await KeyOfAsync(gateway, "three")];

        var ids = await Task.WhenAll(
            Enumerable
                .Range(0, 60)
                .Select(async i =>
                {
                    using var made = await gateway.ResponsesAsync(keys[i % 3], Body(""));
                    return JsonNode.Parse(await made.Content.ReadAsStringAsync())!["id"]!.GetValue<string>();
                })
        );

        var seen = await Task.WhenAll(
            ids.SelectMany((id, i) => keys.Select((key, k) => (Id: id, Key: key, IsOwn: i % 3 == k)))
                .Select(async asked =>
                {
                    using var shown = await SendAsync(gateway, asked.Key, HttpMethod.Get, $"/v1/responses/{asked.Id}");
                    return shown.StatusCode == (asked.IsOwn ? HttpStatusCode.OK : HttpStatusCode.NotFound);
                })
        );
        Assert.DoesNotContain(false, seen);
    }

    [Theory]
    [InlineData(
        "/v1/messages",
        """{"model":"claude-test","max_tokens":9,"container":"container_1","messages":[{"role":"user","content":"hi"}]}"""
    )]
    [InlineData(
        "/v1/messages",
        """{"model":"claude-test","max_tokens":9,"container":{"id":"container_1"},"messages":[{"role":"user","content":"hi"}]}"""
    )]
    [InlineData(
        "/v1/chat/completions",
        """{"model":"gpt-5-mini","max_tokens":9,"messages":[{"role":"assistant","audio":{"id":"audio_1"}},{"role":"user","content":"hi"}]}"""
    )]
    public async Task What_nobody_knows_the_owner_of_is_refused(string path, string body)
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await KeyOfAsync(gateway, "one");

        using var response = await gateway.PostAsync(path, body, ("Authorization", $"Bearer {key}"));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("reference_not_served", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(gateway.Upstream.Requests);
    }

    private static string Body(string members)
    {
        var input = members.Contains("\"input\"", StringComparison.Ordinal) ? "" : ",\"input\":\"hi\"";
        return $"{{\"model\":\"gpt-5-mini\",\"max_output_tokens\":16{input}{(members.Length > 0 ? "," : "")}{members}}}";
    }

    private static async Task<string> KeyOfAsync(TestGateway gateway, string account)
    {
        await gateway.AdminAsync(
            HttpMethod.Post,
            "/accounts",
            new
            {
                name = account,
                kind = "team",
                parent = "",
            }
        );
        var key = await gateway.AdminAsync(HttpMethod.Post, "/keys", new { account, name = account });
        return key!["key"]!.GetValue<string>();
    }

    private static async Task<HttpResponseMessage> SendAsync(TestGateway gateway, string key, HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        return await gateway.Client.SendAsync(request);
    }
}
