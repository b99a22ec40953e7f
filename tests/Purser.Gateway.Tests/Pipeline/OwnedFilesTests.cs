using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Purser.Simulator;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline;

/// <summary>Files live at the provider under the organization's key, and belong to the account whose key made them.</summary>
public sealed partial class OwnedFilesTests
{
    private const string File =
        """{"object":"file","id":"file-1","purpose":"user_data","filename":"a.txt","bytes":5,"created_at":1,"expires_at":null,"status":"processed"}""";

    [Fact]
    public async Task A_file_is_its_accounts_alone_and_the_provider_isnt_asked_for_anothers()
    {
        await using var gateway = await TestGateway.StartAsync();
        var (one, other, another) = (await KeyOfAsync(gateway, "one"), await KeyOfAsync(gateway, "other"), await gateway.KeyAsync());
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, File);
        Assert.Equal("file-1", (await UploadAsync(gateway, one)).Id);
        var sent = Assert.Single(gateway.Upstream.Requests);
        Assert.Equal(("/v1/files", "Bearer sk-provider-secret"), (sent.Target, sent.Headers["Authorization"]));
        Assert.Contains("hello", sent.Body, StringComparison.Ordinal);

        // The organization's own key is of the account above, and sees no more of it.
        foreach (var stranger in (string[])[other, another])
        {
            foreach (
                var (method, path) in ((HttpMethod, string)[])[(HttpMethod.Get, ""), (HttpMethod.Get, "/content"), (HttpMethod.Delete, "")]
            )
            {
                var (status, error) = await SendAsync(gateway, stranger, method, $"/v1/files/file-1{path}");
                Assert.Equal(404, status);
                Assert.Equal("No such File object: file-1", error!["error"]!["message"]!.GetValue<string>());
                Assert.Equal(
                    error.ToJsonString().Replace("file-1", "file-9", StringComparison.Ordinal).Length,
                    (await SendAsync(gateway, stranger, method, $"/v1/files/file-9{path}")).Json!.ToJsonString().Length
                );
            }

            Assert.Equal("[]", (await SendAsync(gateway, stranger, HttpMethod.Get, "/v1/files")).Json!["data"]!.ToJsonString());
        }

        Assert.Single(gateway.Upstream.Requests);
        Assert.Equal(200, (await SendAsync(gateway, one, HttpMethod.Get, "/v1/files/file-1")).Status);
        var listed = (await SendAsync(gateway, one, HttpMethod.Get, "/v1/files")).Json!;
        Assert.Equal(
            ("file-1", "file-1", false),
            (listed["first_id"]!.GetValue<string>(), listed["last_id"]!.GetValue<string>(), listed["has_more"]!.GetValue<bool>())
        );
        Assert.Equal(JsonNode.Parse(File)!.ToJsonString(), listed["data"]![0]!.ToJsonString());
        Assert.Equal(["/v1/files", "/v1/files/file-1"], gateway.Upstream.Requests.Select(request => request.Target));
    }

    [Fact]
    public async Task A_second_key_of_the_account_sees_it_and_so_does_a_restart_and_a_disabled_key_doesnt_matter()
    {
        await using var gateway = await TestGateway.StartAsync();
        var (first, id) = await NewKeyAsync(gateway, "one");
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, File);
        await UploadAsync(gateway, first);
        await gateway.AdminAsync(HttpMethod.Post, $"/keys/{id}/disable");
        var (second, _) = await NewKeyAsync(gateway, "one", isNew: false);

        await gateway.RestartAsync(options => options);

        Assert.Equal(401, (await SendAsync(gateway, first, HttpMethod.Get, "/v1/files/file-1")).Status);
        Assert.Equal(200, (await SendAsync(gateway, second, HttpMethod.Get, "/v1/files/file-1")).Status);
        Assert.Equal(200, (await SendAsync(gateway, second, HttpMethod.Delete, "/v1/files/file-1")).Status);
        Assert.Equal(404, (await SendAsync(gateway, second, HttpMethod.Get, "/v1/files/file-1")).Status);
    }

    [Fact]
    public async Task An_account_without_a_membership_sees_nothing_and_one_that_moved_has_its_own_still()
    {
        await using var gateway = await TestGateway.StartAsync();
        await gateway.AdminAsync(
            HttpMethod.Post,
            "/accounts",
            new
            {
                name = "one",
                kind = "team",
                parent = "",
            }
        );
        await gateway.AdminAsync(
            HttpMethod.Post,
            "/accounts",
            new
            {
                name = "two",
                kind = "team",
                parent = "",
            }
        );
        await gateway.AdminAsync(
            HttpMethod.Post,
            "/accounts",
            new
            {
                name = "alice",
                kind = "member",
                parent = "one",
            }
        );
        var (key, _) = await NewKeyAsync(gateway, "one/alice", isNew: false);
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, File);
        await UploadAsync(gateway, key);

        var ended = await gateway.AdminAsync(HttpMethod.Post, "/accounts/one%2Falice/end");
        Assert.Equal(403, (await SendAsync(gateway, key, HttpMethod.Get, "/v1/files/file-1")).Status);
        Assert.Equal(403, (await PostAsync(gateway, key, Form())).Status);
        Assert.Single(gateway.Upstream.Requests);

        await gateway.AdminAsync(HttpMethod.Post, $"/accounts/{ended!["id"]}/move", new { to = "two" });
        Assert.Equal(200, (await SendAsync(gateway, key, HttpMethod.Get, "/v1/files/file-1")).Status);
    }

    [Fact]
    public async Task A_request_that_names_anothers_file_is_refused_and_goes_nowhere()
    {
        await using var gateway = await TestGateway.StartAsync();
        var (one, other) = (await KeyOfAsync(gateway, "one"), await KeyOfAsync(gateway, "other"));
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, File);
        await UploadAsync(gateway, one);
        const string chat =
            """{"model":"gpt-5-mini","max_tokens":10,"messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"file-1"}}]}]}""";
        const string input =
            """{"model":"gpt-5-mini","max_output_tokens":16,"input":[{"role":"user","content":[{"type":"input_file","file_id":"file-1"},{"type":"input_image","file_id":"file-1"}]}]}""";
        const string messages =
            """{"model":"claude-test","max_tokens":10,"messages":[{"role":"user","content":[{"type":"document","source":{"type":"file","file_id":"file-1"}}]}]}""";

        using var asChat = await gateway.ChatAsync(other, chat);
        using var asResponse = await gateway.ResponsesAsync(other, input);
        using var asMessage = await gateway.MessagesAsync(other, messages);
        using var counted = await gateway.PostAsync(
            "/v1/messages/count_tokens",
            messages,
            ("x-api-key", other),
            ("anthropic-version", "2023-06-01")
        );

        Assert.All([asChat, asResponse, asMessage, counted], response => Assert.Equal(HttpStatusCode.NotFound, response.StatusCode));
        Assert.Contains("File not found: file-1", await asMessage.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Single(gateway.Upstream.Requests);
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, RecordingUpstream.ChatAnswer);
        using var own = await gateway.ChatAsync(one, chat);
        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
    }

    [Fact]
    public async Task A_request_goes_to_the_provider_and_with_the_credential_that_has_its_file()
    {
        await using var gateway = await TestGateway.StartAsync(options: options =>
            options with
            {
                MasterKey = TestGateway.NewMasterKey(),
                Providers = [options.Providers[0], options.Providers[0] with { Name = "second", PriceProvider = "openai" }],
            }
        );
        var ids = new List<string>();
        foreach (var secret in (string[])["sk-first-secret-0123456789", "sk-other-secret-0123456789"])
        {
            var added = await gateway.AdminAsync(HttpMethod.Post, "/credentials", new { provider = "second", secret });
            ids.Add(added!["id"]!.GetValue<string>());
        }

        var key = await KeyOfAsync(gateway, "one");
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, File);
        await UploadAsync(gateway, key, ("x-purser-provider", "second"));
        var uploaded = gateway.Upstream.Requests.Last().Headers["Authorization"];
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, RecordingUpstream.ChatAnswer);

        const string chat =
            """{"model":"gpt-5-mini","max_tokens":10,"messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"file-1"}}]}]}""";
        for (var i = 0; i < 12; i++)
        {
            using var response = await gateway.ChatAsync(key, chat);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(uploaded, gateway.Upstream.Requests.Last().Headers["Authorization"]);
            Assert.Equal("second", (await gateway.ExplainAsync(response))!["attempts"]![0]!["provider"]!.GetValue<string>());
        }

        // Where it's refused, no other is tried: the file isn't there.
        var sent = gateway.Upstream.Requests.Count;
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 401, """{"error":{"message":"no"}}""");
        using var refused = await gateway.ChatAsync(key, chat);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Equal([uploaded], gateway.Upstream.Requests.Skip(sent).Select(request => request.Headers["Authorization"]));

        // Without the credential nothing goes there, and not with another one either.
        var used = uploaded.Contains("first", StringComparison.Ordinal) ? ids[0] : ids[1];
        var before = gateway.Upstream.Requests.Count;
        await gateway.AdminAsync(HttpMethod.Delete, $"/credentials/{used}");
        var (status, error) = await SendAsync(gateway, key, HttpMethod.Get, "/v1/files/file-1");
        Assert.Equal((503, "no_provider_credential"), (status, error!["error"]!["code"]!.GetValue<string>()));
        using var gone = await gateway.ChatAsync(key, chat);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, gone.StatusCode);
        Assert.Contains("file-1", await gone.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(before, gateway.Upstream.Requests.Count);
    }

    [Theory]
    [InlineData("/v1/files/..%2fmodels")]
    [InlineData("/v1/files/%2e%2e%2fchat%2fcompletions")]
    [InlineData("/v1/files/file-1%3Fx=1")]
    [InlineData("/v1/files/file-1%2fcontent")]
    [InlineData("/v1/files/file-1%00")]
    [InlineData("/v1/files/file-1%0d%0aHost:%20x")]
    [InlineData("/v1/files/%2e%2e/content")]
    [InlineData("/v1/responses/..%2f..%2forganization%2fadmin_api_keys")]
    [InlineData("/v1/responses/resp_1%23/input_items")]
    public async Task An_odd_id_reaches_nothing(string path)
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await KeyOfAsync(gateway, "one");
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, File);
        await UploadAsync(gateway, key);

        var (status, _) = await SendAsync(gateway, key, HttpMethod.Get, path);

        Assert.InRange(status, 400, 404);
        Assert.Single(gateway.Upstream.Requests);
    }

    [Theory]
    [InlineData("../../models")]
    [InlineData("a/b")]
    [InlineData("a?b")]
    [InlineData("ä")]
    public async Task An_odd_id_that_a_provider_gave_is_kept_and_never_put_into_a_path(string id)
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await KeyOfAsync(gateway, "one");
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, JsonSerializer.Serialize(new { id, @object = "file" }));
        await UploadAsync(gateway, key);

        var (status, _) = await SendAsync(gateway, key, HttpMethod.Get, $"/v1/files/{Uri.EscapeDataString(id)}");

        Assert.Equal(404, status);
        Assert.Single(gateway.Upstream.Requests);
        Assert.Single((await SendAsync(gateway, key, HttpMethod.Get, "/v1/files")).Json!["data"]!.AsArray());
    }

    public static TheoryData<string, string?, string> BadForms =>
        new()
        {
            { "purpose", "fine-tune-results", "invalid_purpose" },
            { "purpose", null, "invalid_form" },
            { "project", "proj_other", "invalid_form" },
        };

    [Theory]
    [MemberData(nameof(BadForms))]
    public async Task A_form_that_isnt_allowed_never_arrives_whole(string name, string? value, string code)
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await KeyOfAsync(gateway, "one");
        using var form = new MultipartFormDataContent();
        form.Add(new ByteArrayContent(new byte[200_000]), "file", "a.txt");
        if (value is not null)
        {
            form.Add(new StringContent(value), name);
        }

        var (status, error) = await PostAsync(gateway, key, form);

        Assert.Equal((400, code), (status, error!["error"]!["code"]!.GetValue<string>()));
        // What is kept of a request is kept when all of it is there.
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task A_form_that_ends_too_early_is_the_clients_fault()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await KeyOfAsync(gateway, "one");
        const string start = "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n--b\r\n";
        using var form = new StringContent(start + "Content-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nhello");
        form.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=b");

        var (status, error) = await PostAsync(gateway, key, form);

        Assert.Equal((400, "invalid_form"), (status, error!["error"]!["code"]!.GetValue<string>()));
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task A_large_file_streams_through()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await KeyOfAsync(gateway, "one");
        gateway.Upstream.KeepsBodies = false;
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, File);
        using var form = new MultipartFormDataContent();
        form.Add(new StreamContent(new Zeros(200L << 20)), "file", "big.jsonl");
        form.Add(new StringContent("batch"), "purpose");
        var before = GC.GetTotalAllocatedBytes();

        var (status, _) = await PostAsync(gateway, key, form);

        Assert.Equal(200, status);
        Assert.Single(gateway.Upstream.Requests);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 100L << 20);
    }

    [Fact]
    public async Task Refusals_say_what_to_do_and_reach_nothing()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await KeyOfAsync(gateway, "one");
        foreach (
            var (method, path) in ((HttpMethod, string)[])
                [
                    (HttpMethod.Post, "/v1/uploads"),
                    (HttpMethod.Post, "/v1/uploads/upload_1/parts"),
                    (HttpMethod.Post, "/v1/conversations"),
                    (HttpMethod.Get, "/v1/conversations/conv_1/items"),
                    (HttpMethod.Get, "/v1/chat/completions"),
                    (HttpMethod.Post, "/upload/v1beta/files"),
                    (HttpMethod.Get, "/v1beta/files/f"),
                    (HttpMethod.Post, "/v1/responses/compact"),
                    (HttpMethod.Get, "/v1/vector_stores"),
                ]
        )
        {
            var (status, error) = await SendAsync(gateway, key, method, path);
            Assert.True(status == 404, $"{method} {path}: {status}");
            Assert.Contains("not_served", error!.ToJsonString(), StringComparison.Ordinal);
        }

        Assert.Empty(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task An_upload_whose_owner_cant_be_kept_isnt_told()
    {
        await using var gateway = await TestGateway.StartAsync();
        var (one, other) = (await KeyOfAsync(gateway, "one"), await KeyOfAsync(gateway, "other"));
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, File);
        await UploadAsync(gateway, one);

        // The provider says the same id again.
        var (status, _) = await PostAsync(gateway, other, Form());

        Assert.Equal(502, status);
        Assert.Equal(404, (await SendAsync(gateway, other, HttpMethod.Get, "/v1/files/file-1")).Status);
        Assert.Equal(200, (await SendAsync(gateway, one, HttpMethod.Get, "/v1/files/file-1")).Status);
    }

    [Fact]
    public async Task Both_vendors_files_go_through_the_simulator()
    {
        await using var simulator = await Simulator.Simulator.StartAsync(new SimulatorOptions { Listen = new Uri("http://127.0.0.1:0") });
        await using var gateway = await TestGateway.StartAsync(options: options =>
            options with
            {
                Providers =
                [
                    options.Providers[0] with
                    {
                        BaseUrl = new Uri(simulator.Address, "/v1"),
                    },
                    options.Providers[1] with
                    {
                        BaseUrl = simulator.Address,
                    },
                ],
            }
        );
        var (one, other) = (await KeyOfAsync(gateway, "one"), await KeyOfAsync(gateway, "other"));
        (string, string)[] anthropic = [("anthropic-version", "2023-06-01"), ("anthropic-beta", "files-api-2025-04-14")];
        var files = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            files.Add((await UploadAsync(gateway, one)).Id);
            await UploadAsync(gateway, other);
        }

        var theirs = (await UploadAsync(gateway, one, anthropic)).Id;

        var page = (await SendAsync(gateway, one, HttpMethod.Get, "/v1/files?limit=2&order=asc")).Json!;
        Assert.Equal(files[..2], page["data"]!.AsArray().Select(file => file!["id"]!.GetValue<string>()));
        Assert.True(page["has_more"]!.GetValue<bool>());
        page = (await SendAsync(gateway, one, HttpMethod.Get, $"/v1/files?order=asc&after={files[1]}")).Json!;
        Assert.Equal(files[2..], page["data"]!.AsArray().Select(file => file!["id"]!.GetValue<string>()));
        Assert.Equal(400, (await SendAsync(gateway, one, HttpMethod.Get, "/v1/files?limit=0")).Status);
        page = (await SendAsync(gateway, one, HttpMethod.Get, "/v1/files?beta=true", anthropic)).Json!;
        Assert.Equal(theirs, page["data"]!.AsArray().Single()!["id"]!.GetValue<string>());
        Assert.Equal(
            "not_found_error",
            (await SendAsync(gateway, other, HttpMethod.Get, $"/v1/files/{theirs}", anthropic)).Json!["error"]!["type"]!.GetValue<string>()
        );
        Assert.Equal(
            "file",
            (await SendAsync(gateway, one, HttpMethod.Get, $"/v1/files/{theirs}", anthropic)).Json!["type"]!.GetValue<string>()
        );
        Assert.Equal(200, (await SendAsync(gateway, one, HttpMethod.Delete, $"/v1/files/{theirs}", anthropic)).Status);
        using var content = await gateway.Client.SendAsync(Request(one, HttpMethod.Get, $"/v1/files/{files[0]}/content"));
        Assert.Equal("hello", await content.Content.ReadAsStringAsync());
    }
}
