using System.Text.Json;
using Purser.Gateway.Configuration;
using Purser.Gateway.Credentials;

namespace Purser.Cli.Tests.Commands;

public sealed class CredentialsCommandTests
{
    private const string Secret = "sk-secret-0123456789abcdef";

    private const string Credential =
        """{"id":"cred_1","provider":"openai","label":"team a","kind":"key","weight":3,"disabled":false,"last_four":"cdef","created_at":"2026-11-24T12:00:00Z"}""";

    [Theory]
    [InlineData(Secret, null)]
    [InlineData(Secret + "\n", null)]
    [InlineData(Secret + "\r\n", null)]
    [InlineData(null, Secret)]
    public async Task Adding_reads_the_secret_from_standard_input_or_asks_for_it(string? input, string? typed)
    {
        await using var gateway = (await FakeGateway.StartAsync()).On("POST /admin/v1/credentials", Credential, 201);
        using var run = CliRun.With(gateway);
        (run.Input, run.Typed) = (input, typed);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("credentials", "add", "openai", "--label", "team a", "--weight", "3"));

        Assert.Equal(
            """{"provider":"openai","label":"team a","weight":3,"kind":"key","secret":"sk-secret-0123456789abcdef"}""",
            gateway.Seen.Single().Body
        );
        Assert.DoesNotContain(Secret, run.Out + run.Error, StringComparison.Ordinal);
        Assert.Contains("cdef", run.Out, StringComparison.Ordinal);
        Assert.Equal(typed is not null, run.Error.Contains("not shown", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_secret_of_several_lines_is_sent_as_it_is()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On("POST /admin/v1/credentials", Credential, 201);
        using var run = CliRun.With(gateway);
        run.Input = "{\n  \"private_key\": \"x\"\n}\n";

        Assert.Equal(ExitCode.Ok, await run.RunAsync("credentials", "add", "vertex", "--kind", "service-account"));

        using var sent = JsonDocument.Parse(gateway.Seen.Single().Body);
        Assert.Equal("{\n  \"private_key\": \"x\"\n}", sent.RootElement.GetProperty("secret").GetString());
        Assert.Equal("service-account", sent.RootElement.GetProperty("kind").GetString());
    }

    [Fact]
    public async Task Without_a_secret_nothing_is_sent()
    {
        await using var gateway = await FakeGateway.StartAsync();
        using var run = CliRun.With(gateway);
        run.Input = "\n";

        Assert.Equal(ExitCode.Usage, await run.RunAsync("credentials", "add", "openai"));

        Assert.Empty(gateway.Seen);
    }

    [Fact]
    public async Task A_secret_is_no_argument()
    {
        await using var gateway = await FakeGateway.StartAsync();
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Usage, await run.RunAsync("credentials", "add", "openai", Secret));
        Assert.Equal(ExitCode.Usage, await run.RunAsync("credentials", "add", "openai", "--secret", Secret));
        Assert.Equal(ExitCode.Usage, await run.RunAsync("credentials", "rotate", "cred_1", Secret));

        Assert.Empty(gateway.Seen);
    }

    [Fact]
    public async Task A_refusal_of_the_gateway_says_what_to_do()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On(
            "POST /admin/v1/credentials",
            """{"error":{"code":"no_master_key","message":"The gateway has no master key.","hint":"Make one: purser credentials new-master-key"}}""",
            409
        );
        using var run = CliRun.With(gateway);
        run.Input = Secret;

        Assert.Equal(ExitCode.Failed, await run.RunAsync("credentials", "add", "openai"));

        Assert.Contains("purser credentials new-master-key", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, run.Out + run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Listing_as_csv_has_every_column()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On("GET /admin/v1/credentials", $$"""{"data":[{{Credential}}]}""");
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("credentials", "list", "--format", "csv"));

        Assert.Equal(
            "id,provider,label,kind,weight,last_four,created_at,rotated_at,disabled\r\ncred_1,openai,team a,key,3,cdef,2026-11-24T12:00:00Z,,false\r\n",
            run.Out
        );
    }

    [Fact]
    public async Task Rotating_sends_the_new_secret_alone()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On("POST /admin/v1/credentials/cred_1/rotate", Credential);
        using var run = CliRun.With(gateway);
        run.Input = Secret;

        Assert.Equal(ExitCode.Ok, await run.RunAsync("credentials", "rotate", "cred_1"));

        Assert.Equal($$"""{"secret":"{{Secret}}"}""", gateway.Seen.Single().Body);
    }

    [Theory]
    [InlineData("""{"weight":7}""", "--weight", "7")]
    [InlineData("""{"disabled":true}""", "--disable")]
    [InlineData("""{"disabled":false}""", "--enable")]
    [InlineData("""{"label":"b","weight":2,"disabled":true}""", "--label", "b", "--weight", "2", "--disable")]
    public async Task Setting_changes_what_is_named(string body, params string[] options)
    {
        await using var gateway = (await FakeGateway.StartAsync()).On("POST /admin/v1/credentials/cred_1", Credential);
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync(["credentials", "set", "cred_1", .. options]));

        Assert.Equal(body, gateway.Seen.Single().Body);
    }

    [Theory]
    [InlineData]
    [InlineData("--enable", "--disable")]
    public async Task Setting_nothing_or_both_is_refused(params string[] options)
    {
        await using var gateway = await FakeGateway.StartAsync();
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Usage, await run.RunAsync(["credentials", "set", "cred_1", .. options]));

        Assert.Empty(gateway.Seen);
    }

    [Fact]
    public async Task Removing_deletes_it()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On("DELETE /admin/v1/credentials/cred_1", "", 204);
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("credentials", "remove", "cred_1"));

        Assert.Equal("DELETE /admin/v1/credentials/cred_1", gateway.Seen.Single().Request);
    }

    [Fact]
    public async Task A_new_master_key_is_alone_on_standard_output()
    {
        using var run = new CliRun();

        Assert.Equal(ExitCode.Ok, await run.RunAsync("credentials", "new-master-key"));

        Assert.Equal(32, Convert.FromBase64String(run.Out.TrimEnd('\n')).Length);
        Assert.Contains("PURSER_MASTER_KEY", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_gateway_takes_the_master_key_of_its_environment()
    {
        var text = MasterKey.New();

        Assert.NotNull(OptionsLoader.Load(null, "", "data", null, name => name == MasterKey.Variable ? text : null).MasterKey);
        Assert.Null(OptionsLoader.Load(null, "", "data", null, _ => null).MasterKey);
    }

    [Fact]
    public async Task Rekeying_takes_the_keys_from_the_environment_or_from_files_and_from_a_folder_with_a_ledger()
    {
        using var run = new CliRun();
        Directory.CreateDirectory(run.File("data"));
        Assert.Equal(ExitCode.Usage, await run.RunAsync("credentials", "rekey", "--data", "data"));
        await run.RunAsync("credentials", "new-master-key");
        run.Environment["PURSER_MASTER_KEY"] = run.Out;
        Assert.Equal(ExitCode.Usage, await run.RunAsync("credentials", "rekey", "--data", "data"));
        Assert.Contains("PURSER_NEW_MASTER_KEY", run.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, await run.RunAsync("credentials", "rekey", "--data", "data", "--new-key-file", "nothing"));
        await run.RunAsync("credentials", "new-master-key");
        run.Environment["PURSER_NEW_MASTER_KEY"] = run.Out;

        Assert.Equal(ExitCode.Failed, await run.RunAsync("credentials", "rekey", "--data", "data"));

        Assert.Contains("no ledger", run.Error, StringComparison.OrdinalIgnoreCase);
    }
}
