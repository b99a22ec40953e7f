using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Purser.Gateway.Configuration;
using Purser.Gateway.Credentials;
using Purser.Gateway.Storage;
using Xunit;

namespace Purser.Gateway.Tests.Credentials;

public sealed class CredentialTests
{
    private const string Body = """{"model":"gpt-5-mini","max_completion_tokens":10,"messages":[{"role":"user","content":"hi"}]}""";
    private const string First = "sk-first-secret-0123456789abcd";
    private const string Second = "sk-second-secret-0123456789wxyz";

    private static readonly MasterKey Master = TestGateway.NewMasterKey();

    [Fact]
    public async Task A_stored_credential_is_used_at_once_instead_of_the_configurations()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync();
        await AskAsync(gateway, key);

        var added = await AddAsync(gateway, First, label: "team a");
        var answered = await AskAsync(gateway, key);

        Assert.Equal(["Bearer sk-provider-secret", $"Bearer {First}"], Sent(gateway));
        Assert.Equal("abcd", added["last_four"]!.GetValue<string>());
        Assert.Equal("team a", added["label"]!.GetValue<string>());
        Assert.Equal(added["id"]!.GetValue<string>(), await CredentialOfAsync(gateway, answered));
    }

    [Fact]
    public async Task The_configurations_key_is_called_so_in_an_attempts_story()
    {
        await using var gateway = await StartAsync();

        using var response = await gateway.ChatAsync(await gateway.KeyAsync(), Body);

        Assert.Equal("config", await CredentialOfAsync(gateway, response));
    }

    [Fact]
    public async Task A_rotated_secret_is_used_at_once_under_the_same_id()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync();
        var id = IdOf(await AddAsync(gateway, First));
        await AskAsync(gateway, key);

        var rotated = await gateway.AdminAsync(HttpMethod.Post, $"/credentials/{id}/rotate", new { secret = Second });
        await AskAsync(gateway, key);

        Assert.Equal([$"Bearer {First}", $"Bearer {Second}"], Sent(gateway));
        Assert.Equal(id, IdOf(rotated!));
        Assert.Equal("wxyz", rotated!["last_four"]!.GetValue<string>());
        Assert.NotNull(rotated["rotated_at"]);
    }

    [Fact]
    public async Task One_that_is_switched_off_is_not_used_and_one_that_is_switched_on_is()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync();
        var first = IdOf(await AddAsync(gateway, First));
        await AddAsync(gateway, Second);
        await gateway.AdminAsync(HttpMethod.Post, $"/credentials/{first}", new { disabled = true, weight = 1000 });
        for (var i = 0; i < 5; i++)
        {
            await AskAsync(gateway, key);
        }

        Assert.All(Sent(gateway), header => Assert.Equal($"Bearer {Second}", header));
        await gateway.AdminAsync(HttpMethod.Post, $"/credentials/{first}", new { disabled = false });
        while (Sent(gateway)[^1] != $"Bearer {First}")
        {
            Assert.True(Sent(gateway).Count < 50);
            await AskAsync(gateway, key);
        }
    }

    [Fact]
    public async Task Where_all_are_switched_off_nothing_is_sent_and_nothing_is_charged()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync();
        var id = IdOf(await AddAsync(gateway, First));
        await gateway.AdminAsync(HttpMethod.Post, $"/credentials/{id}", new { disabled = true });

        using var response = await gateway.ChatAsync(key, Body);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("no_provider_credential", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(gateway.Upstream.Requests);
        Assert.Equal(0, await gateway.OpenReservationsAsync());
        await gateway.AdminAsync(HttpMethod.Delete, $"/credentials/{id}");
        await AskAsync(gateway, key);
        Assert.Equal("Bearer sk-provider-secret", Assert.Single(Sent(gateway)));
    }

    [Fact]
    public async Task After_a_429_the_next_attempt_uses_another_credential()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync();
        await AddAsync(gateway, First);
        await AddAsync(gateway, Second, weight: 1000);
        gateway.Upstream.Answer = http =>
            http.Request.Headers.Authorization == $"Bearer {Second}"
                ? RecordingUpstream.JsonAsync(
                    http,
                    429,
                    """{"error":{"message":"slow down","type":"requests","code":"rate_limit_exceeded"}}"""
                )
                : RecordingUpstream.JsonAsync(http, 200, RecordingUpstream.ChatAnswer);
        while (!Sent(gateway).Contains($"Bearer {Second}"))
        {
            using var response = await gateway.ChatAsync(key, Body);
        }

        var before = Sent(gateway).Count;
        for (var i = 0; i < 5; i++)
        {
            await AskAsync(gateway, key);
        }

        Assert.All(Sent(gateway).Skip(before), header => Assert.Equal($"Bearer {First}", header));
    }

    [Fact]
    public async Task Without_a_master_key_none_can_be_added_and_it_is_said_how_to_make_one()
    {
        await using var gateway = await TestGateway.StartAsync();

        var (status, error) = await RefusedAsync(gateway, "/credentials", """{"provider":"openai","secret":"sk-first-secret"}""");

        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Equal("no_master_key", error["code"]!.GetValue<string>());
        Assert.Contains("purser credentials new-master-key", error["hint"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"provider":"nobody","secret":"sk-first-secret"}""", HttpStatusCode.NotFound, "unknown_provider")]
    [InlineData("""{"provider":"openai","secret":""}""", HttpStatusCode.BadRequest, "invalid_secret")]
    [InlineData("""{"provider":"openai","secret":"sk-first secret"}""", HttpStatusCode.BadRequest, "invalid_secret")]
    [InlineData("""{"provider":"openai","secret":"sk-first\r\nx: y"}""", HttpStatusCode.BadRequest, "invalid_secret")]
    [InlineData("""{"provider":"openai","secret":"sk-first-secret","weight":0}""", HttpStatusCode.BadRequest, "invalid_weight")]
    [InlineData("""{"provider":"openai","secret":"sk-first-secret","weight":1001}""", HttpStatusCode.BadRequest, "invalid_weight")]
    [InlineData("""{"provider":"openai","secret":"sk-first-secret","label":"a\nb"}""", HttpStatusCode.BadRequest, "invalid_label")]
    [InlineData("""{"provider":"openai","secret":"sk-first-secret","kind":"password"}""", HttpStatusCode.BadRequest, "invalid_kind")]
    [InlineData("""{"provider":"openai","secret":"{}","kind":"service-account"}""", HttpStatusCode.BadRequest, "invalid_kind")]
    public async Task What_cannot_be_a_credential_is_refused(string body, HttpStatusCode expected, string code)
    {
        await using var gateway = await StartAsync();

        var (status, error) = await RefusedAsync(gateway, "/credentials", body);

        Assert.Equal((expected, code), (status, error["code"]!.GetValue<string>()));
        Assert.DoesNotContain("sk-first", error.ToJsonString(), StringComparison.Ordinal);
        Assert.Empty((await gateway.AdminAsync(HttpMethod.Get, "/credentials"))!["data"]!.AsArray());
    }

    [Fact]
    public async Task A_credential_that_is_not_there_is_not_found()
    {
        await using var gateway = await StartAsync();

        foreach (var path in (string[])["/credentials/cred_x", "/credentials/cred_x/rotate"])
        {
            var (status, error) = await RefusedAsync(gateway, path, """{"secret":"sk-first-secret","weight":2}""");
            Assert.Equal((HttpStatusCode.NotFound, "unknown_credential"), (status, error["code"]!.GetValue<string>()));
        }
    }

    [Fact]
    public async Task Of_a_short_secret_nothing_is_shown()
    {
        await using var gateway = await StartAsync();

        Assert.Null((await AddAsync(gateway, "sk-short"))["last_four"]);
    }

    [Fact]
    public async Task A_start_with_stored_credentials_needs_their_master_key()
    {
        await using var gateway = await StartAsync();
        await AddAsync(gateway, First);

        var without = await Assert.ThrowsAsync<InvalidConfigurationException>(() =>
            gateway.RestartAsync(options => options with { MasterKey = null })
        );
        var wrong = await Assert.ThrowsAsync<InvalidConfigurationException>(() =>
            gateway.RestartAsync(options => options with { MasterKey = TestGateway.NewMasterKey() })
        );
        await gateway.RestartAsync(options => options);

        Assert.Contains("PURSER_MASTER_KEY", without.Message, StringComparison.Ordinal);
        Assert.Contains("another master key", wrong.Message, StringComparison.Ordinal);
        await AskAsync(gateway, await gateway.KeyAsync());
        Assert.Equal($"Bearer {First}", Assert.Single(Sent(gateway)));
    }

    [Fact]
    public async Task When_the_last_one_is_gone_so_is_the_need_of_its_master_key()
    {
        await using var gateway = await StartAsync();
        var id = IdOf(await AddAsync(gateway, First));
        await gateway.AdminAsync(HttpMethod.Delete, $"/credentials/{id}");

        var other = TestGateway.NewMasterKey();
        await gateway.RestartAsync(options => options with { MasterKey = other });
        await AddAsync(gateway, Second);
        await gateway.RestartAsync(options => options with { MasterKey = other });

        await AskAsync(gateway, await gateway.KeyAsync());
        Assert.Equal($"Bearer {Second}", Assert.Single(Sent(gateway)));
    }

    [Fact]
    public async Task Rekeying_makes_the_new_key_the_only_one_that_opens_them()
    {
        await using var gateway = await StartAsync();
        await AddAsync(gateway, First);
        await AddAsync(gateway, "sk-ant-secret-0123456789abcd", "anthropic");
        await gateway.StopAsync();
        var other = TestGateway.NewMasterKey();

        var count = await MasterKeyChange.RunAsync(gateway.Directory, Master, other, TimeProvider.System, NullLogger.Instance);

        Assert.Equal(2, count);
        await Assert.ThrowsAsync<InvalidConfigurationException>(() => gateway.RestartAsync(options => options));
        await gateway.RestartAsync(options => options with { MasterKey = other });
        await AskAsync(gateway, await gateway.KeyAsync());
        Assert.Equal($"Bearer {First}", Assert.Single(Sent(gateway)));
        await gateway.StopAsync();
        Assert.Empty(LedgerVerifier.Verify(gateway.Directory).Problems);
    }

    [Fact]
    public async Task Rekeying_with_a_wrong_old_key_or_an_altered_credential_changes_nothing()
    {
        await using var gateway = await StartAsync();
        await AddAsync(gateway, First);
        var altered = IdOf(await AddAsync(gateway, Second));
        await gateway.StopAsync();
        var other = TestGateway.NewMasterKey();

        await Assert.ThrowsAsync<InvalidConfigurationException>(() =>
            MasterKeyChange.RunAsync(gateway.Directory, other, other, TimeProvider.System, NullLogger.Instance)
        );
        var whole = Sealed(gateway, altered);
        Execute(gateway, $"UPDATE credentials SET sealed = zeroblob(60) WHERE id = '{altered}'");
        await Assert.ThrowsAsync<InvalidConfigurationException>(() =>
            MasterKeyChange.RunAsync(gateway.Directory, Master, other, TimeProvider.System, NullLogger.Instance)
        );
        Execute(gateway, $"UPDATE credentials SET sealed = x'{whole}' WHERE id = '{altered}'");

        Assert.Empty(LedgerVerifier.Verify(gateway.Directory).Problems);
        await gateway.RestartAsync(options => options);
    }

    [Theory]
    [InlineData("UPDATE credentials SET provider = 'anthropic'")]
    [InlineData("UPDATE credentials SET sealed = (SELECT sealed FROM credentials ORDER BY id DESC LIMIT 1)")]
    public async Task A_start_with_an_altered_credential_fails(string alteration)
    {
        await using var gateway = await StartAsync();
        await AddAsync(gateway, First);
        await AddAsync(gateway, Second);
        await gateway.StopAsync();
        Execute(gateway, alteration);

        var error = await Assert.ThrowsAsync<InvalidConfigurationException>(() => gateway.RestartAsync(options => options));

        Assert.Contains("was altered", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("UPDATE credentials SET weight = 2", "credential cred_")]
    [InlineData("UPDATE credentials SET disabled = 1", "credential cred_")]
    [InlineData("UPDATE credentials SET sealed = zeroblob(60)", "credential cred_")]
    [InlineData("DELETE FROM credentials", "credential cred_")]
    [InlineData("UPDATE meta SET value = 'x' WHERE name = 'master_key'", "the check value of the master key")]
    public async Task Verifying_the_ledger_finds_an_altered_credential(string alteration, string problem)
    {
        await using var gateway = await StartAsync();
        var id = IdOf(await AddAsync(gateway, First));
        await gateway.AdminAsync(HttpMethod.Post, $"/credentials/{id}", new { label = "b", weight = 7 });
        await gateway.AdminAsync(HttpMethod.Post, $"/credentials/{id}/rotate", new { secret = Second });
        await gateway.StopAsync();
        Assert.Empty(LedgerVerifier.Verify(gateway.Directory).Problems);

        Execute(gateway, alteration);

        Assert.StartsWith(problem, LedgerVerifier.Verify(gateway.Directory).Problems[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_provider_without_a_key_starts_with_a_warning_and_serves_once_it_has_one()
    {
        await using var gateway = await TestGateway.StartAsync(
            provider => provider with { ApiKey = "" },
            options => options with { MasterKey = Master }
        );
        var key = await gateway.KeyAsync();
        Assert.Contains(gateway.Warnings, warning => warning.Contains("purser credentials add openai", StringComparison.Ordinal));
        using (var refused = await gateway.ChatAsync(key, Body))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        }

        await AddAsync(gateway, First);
        await AskAsync(gateway, key);

        Assert.Equal($"Bearer {First}", Assert.Single(Sent(gateway)));
    }

    [Fact]
    public async Task Counting_tokens_uses_the_stored_credential()
    {
        await using var gateway = await StartAsync();
        await AddAsync(gateway, First, "anthropic");
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, """{"input_tokens":3}""");

        using var response = await gateway.PostAsync(
            "/v1/messages/count_tokens",
            """{"model":"claude-test","messages":[{"role":"user","content":"hi"}]}""",
            ("x-api-key", await gateway.KeyAsync())
        );

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(First, Assert.Single(gateway.Upstream.Requests).Headers["x-api-key"]);
    }

    private static Task<TestGateway> StartAsync() => TestGateway.StartAsync(null, options => options with { MasterKey = Master });

    private static async Task<JsonNode> AddAsync(
        TestGateway gateway,
        string secret,
        string provider = "openai",
        string? label = null,
        int weight = 1
    ) =>
        (
            await gateway.AdminAsync(
                HttpMethod.Post,
                "/credentials",
                new
                {
                    provider,
                    secret,
                    label,
                    weight,
                }
            )
        )!;

    private static string IdOf(JsonNode credential) => credential["id"]!.GetValue<string>();

    private static async Task<HttpResponseMessage> AskAsync(TestGateway gateway, string key)
    {
        var response = await gateway.ChatAsync(key, Body);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return response;
    }

    private static async Task<string> CredentialOfAsync(TestGateway gateway, HttpResponseMessage response)
    {
        await gateway.SettledAsync();
        return (await gateway.ExplainAsync(response))!["attempts"]![0]!["credential"]!.GetValue<string>();
    }

    private static List<string> Sent(TestGateway gateway) =>
        [.. gateway.Upstream.Requests.Select(request => request.Headers["Authorization"])];

    private static async Task<(HttpStatusCode Status, JsonNode Error)> RefusedAsync(TestGateway gateway, string path, string body)
    {
        using var response = await gateway.PostAsync("/admin/v1" + path, body, ("Authorization", $"Bearer {gateway.AdminKey}"));
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!);
    }

    private static string Sealed(TestGateway gateway, string id)
    {
        using var reader = LedgerStore.OpenReader(LedgerStore.FileIn(gateway.Directory));
        return Convert.ToHexString(ControlTables.Credentials(reader).All.Single(credential => credential.Id == id).Sealed);
    }

    private static void Execute(TestGateway gateway, string sql)
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection(
            $"Data Source={LedgerStore.FileIn(gateway.Directory)};Pooling=False"
        );
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
