using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Azure.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Purser.Gateway.Configuration;
using Purser.Gateway.Credentials;
using Purser.Gateway.Pipeline;
using Xunit;

namespace Purser.Gateway.Tests.Credentials;

/// <summary>Azure, called with tokens of Entra ID.</summary>
public sealed class EntraTests
{
    private const string Tenant = "5e1f3c1a-0000-4000-8000-000000000001";
    private const string Secret = $$"""{"tenant_id":"{{Tenant}}","client_id":"app-1","client_secret":"the-apps-own-secret"}""";
    private const string Body = """{"model":"gpt-5-mini","max_completion_tokens":10,"messages":[{"role":"user","content":"hi"}]}""";

    [Fact]
    public async Task An_application_with_a_secret_gets_a_token_and_keeps_it()
    {
        await using var authority = await EntraAuthority.StartAsync();
        using var account = Account(authority, Secret);

        Assert.Equal("eyJ0.token1.sig", await account.TokenAsync(default));
        Assert.Equal("eyJ0.token1.sig", await account.TokenAsync(default));
        var (path, form) = Assert.Single(authority.Asked);
        Assert.Equal($"/{Tenant}/oauth2/v2.0/token", path);
        Assert.Equal(
            ["client_credentials", "app-1", "the-apps-own-secret", EntraOptions.UsualScope],
            ((string[])["grant_type", "client_id", "client_secret", "scope"]).Select(name => form[name])
        );
    }

    [Fact]
    public async Task An_application_with_a_certificate_signs_for_its_token()
    {
        await using var authority = await EntraAuthority.StartAsync();
        using var certificate = EntraAuthority.SelfSigned("app");
        var pem = certificate.ExportCertificatePem() + "\n" + certificate.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem();
        var secret = JsonSerializer.Serialize(
            new
            {
                tenant_id = Tenant,
                client_id = "app-1",
                certificate = pem,
            }
        );
        Assert.Null(ProviderCredential.ProblemOf(CredentialKind.Entra, secret));
        using var account = Account(authority, secret);

        Assert.Equal("eyJ0.token1.sig", await account.TokenAsync(default));
        var form = Assert.Single(authority.Asked).Form;
        Assert.Equal("urn:ietf:params:oauth:client-assertion-type:jwt-bearer", form["client_assertion_type"]);
        Assert.False(form.ContainsKey("client_secret"));
    }

    [Fact]
    public async Task A_refusal_of_the_endpoint_is_an_error_that_says_so_and_not_a_crash()
    {
        await using var authority = await EntraAuthority.StartAsync();
        authority.Refuses = true;
        using var account = Account(authority, Secret);

        var failure = await Assert.ThrowsAsync<CredentialException>(async () => await account.TokenAsync(default));
        Assert.IsType<Azure.Identity.AuthenticationFailedException>(failure.InnerException);
        Assert.DoesNotContain("the-apps-own-secret", failure.ToString(), StringComparison.Ordinal);

        authority.Refuses = false;
        Assert.Equal("eyJ0.token1.sig", await account.TokenAsync(default));
    }

    [Fact]
    public async Task A_token_is_replaced_ahead_of_its_end_and_a_failure_then_fails_no_request()
    {
        var clock = new FakeTimeProvider();
        var tokens = new Tokens(clock);
        using var account = new EntraAccount(tokens, Options(null), clock, NullLogger.Instance);
        Assert.Equal("1", await account.TokenAsync(default));

        // It holds for an hour: five minutes before, another is asked for.
        clock.Advance(TimeSpan.FromMinutes(54));
        Assert.Equal("1", await account.TokenAsync(default));
        tokens.Fails = true;
        clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("1", await account.TokenAsync(default));
        var asked = tokens.Asked;
        // Not by every request.
        Assert.Equal("1", await account.TokenAsync(default));
        Assert.Equal(asked, tokens.Asked);
        tokens.Fails = false;
        clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal("2", await account.TokenAsync(default));

        tokens.Fails = true;
        clock.Advance(TimeSpan.FromHours(1));
        await Assert.ThrowsAsync<CredentialException>(async () => await account.TokenAsync(default));
    }

    [Fact]
    public async Task Callers_at_the_same_time_wait_for_one_token_and_one_that_leaves_takes_it_from_nobody()
    {
        await using var authority = await EntraAuthority.StartAsync();
        var gate = new TaskCompletionSource();
        authority.Gate = gate.Task;
        using var account = Account(authority, Secret);
        using var leaves = new CancellationTokenSource();

        var first = account.TokenAsync(leaves.Token).AsTask();
        var others = Enumerable.Range(0, 5).Select(_ => account.TokenAsync(default).AsTask()).ToList();
        await leaves.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        gate.SetResult();

        Assert.All(await Task.WhenAll(others), token => Assert.Equal("eyJ0.token1.sig", token));
        Assert.Single(authority.Asked);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("""{"tenant_id":"t","client_id":"c"}""")]
    [InlineData("""{"tenant_id":"t","client_id":"c","client_secret":7}""")]
    [InlineData("""{"tenant_id":"t","client_id":"c","client_secret":"s","certificate":"p"}""")]
    [InlineData("""{"tenant_id":"../x","client_id":"c","client_secret":"s"}""")]
    [InlineData("""{"client_id":"c","client_secret":"s"}""")]
    [InlineData("""{"tenant_id":"t","client_id":"c","certificate":"-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----"}""")]
    public void A_secret_that_is_none_is_refused_when_it_is_stored(string secret) =>
        Assert.NotNull(ProviderCredential.ProblemOf(CredentialKind.Entra, secret));

    [Fact]
    public async Task Where_there_is_no_token_the_client_is_told_so_and_nothing_is_charged()
    {
        // Nobody listens there.
        await using var gateway = await StartAsync(new EntraOptions { AuthorityHost = new Uri("https://127.0.0.1:9/") });
        var key = await gateway.KeyAsync(1m);
        await gateway.AdminAsync(
            HttpMethod.Post,
            "/credentials",
            new
            {
                provider = "openai",
                kind = "entra",
                secret = Secret,
            }
        );

        using var response = await gateway.ChatAsync(key, Body);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        var text = await response.Content.ReadAsStringAsync();
        Assert.Contains("provider_credential_missing", text, StringComparison.Ordinal);
        Assert.DoesNotContain("the-apps-own-secret", text, StringComparison.Ordinal);
        Assert.Empty(gateway.Upstream.Requests);
        await gateway.SettledAsync();
        var story = await gateway.ExplainAsync(response);
        Assert.Equal("0.000000000", story!["attempts"]![0]!["cost_usd"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_managed_identity_is_asked_for_its_token_which_goes_to_Azure_as_a_bearer()
    {
        await using var identity = await RecordingUpstream.StartAsync();
        var ends = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds();
        identity.Answer = http =>
            RecordingUpstream.JsonAsync(
                http,
                200,
                $$"""{"access_token":"eyJ0.managed.sig","expires_on":"{{ends}}","resource":"https://cognitiveservices.azure.com","token_type":"Bearer"}"""
            );
        // As App Service and Container Apps say where it is; nothing else in these tests asks for one.
        Environment.SetEnvironmentVariable("IDENTITY_ENDPOINT", new Uri(identity.Address, "/msi/token").ToString());
        Environment.SetEnvironmentVariable("IDENTITY_HEADER", "of-this-machine");
        try
        {
            await using var gateway = await StartAsync(new EntraOptions { Use = EntraUse.ManagedIdentity });
            var key = await gateway.KeyAsync(1m);

            using var response = await gateway.ChatAsync(key, Body);
            using var again = await gateway.ChatAsync(key, Body);

            Assert.Equal([200, 200], ((HttpResponseMessage[])[response, again]).Select(answer => (int)answer.StatusCode));
            Assert.All(gateway.Upstream.Requests, sent => Assert.Equal("Bearer eyJ0.managed.sig", sent.Headers["Authorization"]));
            Assert.All(gateway.Upstream.Requests, sent => Assert.False(sent.Headers.ContainsKey("api-key")));
            var asked = Assert.Single(identity.Requests);
            Assert.Equal("of-this-machine", asked.Headers["X-IDENTITY-HEADER"]);
            Assert.Contains("resource=https://cognitiveservices.azure.com", Uri.UnescapeDataString(asked.Target), StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable("IDENTITY_ENDPOINT", null);
            Environment.SetEnvironmentVariable("IDENTITY_HEADER", null);
        }
    }

    [Fact]
    public void The_configuration_says_whose_token_it_is()
    {
        var configuration = ConfigurationFile.Parse(
            "purser.yml",
            """
            providers:
              - name: azure
                base_url: https://a.openai.azure.com
                entra: { use: workload-identity, client_id: c, authority_host: https://login.microsoftonline.us/ }
            """,
            _ => null
        );

        Assert.Empty(configuration.Errors);
        var entra = Assert.Single(configuration.Providers).Entra;
        Assert.Equal((EntraUse.WorkloadIdentity, "c", EntraOptions.UsualScope), (entra.Use, entra.ClientId, entra.Scope));
        Assert.Equal("login.microsoftonline.us", entra.AuthorityHost!.Host);
    }

    [Theory]
    [InlineData("name: azure\n    base_url: https://a.b\n    entra: default", "is a mapping")]
    [InlineData("name: azure\n    base_url: https://a.b\n    entra: { use: me }", "can't be 'me'")]
    [InlineData("name: azure\n    base_url: https://a.b\n    api_key: k\n    entra: { use: default }", "can't both say")]
    [InlineData("name: azure\n    base_url: https://a.b\n    entra: { authority_host: http://a.b }", "must be an https URL")]
    [InlineData("name: openai\n    entra: { use: default }", "takes no tokens of Entra ID")]
    public void What_makes_no_sense_is_an_error_of_the_file(string provider, string message)
    {
        var configuration = ConfigurationFile.Parse("purser.yml", $"providers:\n  - {provider}\n", _ => null);

        Assert.Contains(message, Assert.Single(configuration.Errors).Message, StringComparison.Ordinal);
    }

    private static EntraAccount Account(EntraAuthority authority, string secret)
    {
        var options = Options(authority.Address);
        var credential = EntraCredentials.Of(EntraSecret.Read(secret).Secret!, options.Entra, authority.Transport);
        return new EntraAccount(credential, options, TimeProvider.System, NullLogger.Instance);
    }

    private static ProviderOptions Options(Uri? authority) =>
        new()
        {
            Name = "azure",
            Api = "azure",
            BaseUrl = new Uri("https://a.openai.azure.com"),
            ApiKey = "",
            Entra = new EntraOptions { AuthorityHost = authority },
        };

    private static Task<TestGateway> StartAsync(EntraOptions entra) =>
        TestGateway.StartAsync(
            provider =>
                provider.Models is null
                    ? provider
                    : TestGateway.Once(provider) with
                    {
                        Api = "azure",
                        ApiKey = "",
                        BaseUrl = new Uri(provider.BaseUrl, "/"),
                        Models = ["gpt-5-mini"],
                        Entra = entra,
                    },
            options => options with { MasterKey = TestGateway.NewMasterKey() }
        );

    private sealed class Tokens(TimeProvider clock) : TokenCredential
    {
        private int given;

        public bool Fails { get; set; }

        public int Asked { get; private set; }

        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            Asked++;
            return Fails
                ? throw new InvalidOperationException("out of reach")
                : new ValueTask<AccessToken>(new AccessToken($"{++given}", clock.GetUtcNow().AddHours(1)));
        }
    }
}
