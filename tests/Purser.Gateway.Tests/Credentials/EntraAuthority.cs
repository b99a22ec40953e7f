using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Azure.Core.Pipeline;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Purser.Gateway.Tests.Credentials;

/// <summary>A token endpoint as Entra ID has it, on this machine: TLS with a certificate of its own, as Azure's library takes no other.</summary>
internal sealed class EntraAuthority : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly X509Certificate2 certificate;
    private int number;

    private EntraAuthority(WebApplication app, X509Certificate2 certificate) => (this.app, this.certificate) = (app, certificate);

    public Uri Address => new(app.Urls.First());

    /// <summary>What was asked for: the path, and the form.</summary>
    public ConcurrentQueue<(string Path, Dictionary<string, string> Form)> Asked { get; } = [];

    /// <summary>How long the tokens hold, in seconds.</summary>
    public int Seconds { get; set; } = 3600;

    /// <summary>Whether it refuses.</summary>
    public bool Refuses { get; set; }

    /// <summary>What each answer waits for.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>Calls it, and takes its certificate.</summary>
    public HttpPipelineTransport Transport =>
        new HttpClientTransport(
            new HttpClientHandler
            {
                UseProxy = false,
                ServerCertificateCustomValidationCallback = (_, presented, _, _) => presented?.Thumbprint == certificate.Thumbprint,
            }
        );

    public static async Task<EntraAuthority> StartAsync()
    {
        var certificate = SelfSigned("localhost");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        var app = builder.Build();
        var authority = new EntraAuthority(app, certificate);
        app.Run(authority.AnswerAsync);
        await app.StartAsync();
        return authority;
    }

    public static X509Certificate2 SelfSigned(string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = DateTimeOffset.UtcNow;
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(2));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        certificate.Dispose();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        if (!http.Request.HasFormContentType)
        {
            // Where the token endpoint is.
            var tenant = http.Request.Path.Value!.Split('/')[1];
            await http.Response.WriteAsync(
                $$"""{"token_endpoint":"{{Address}}{{tenant}}/oauth2/v2.0/token","authorization_endpoint":"{{Address}}{{tenant}}/oauth2/v2.0/authorize","issuer":"{{Address}}{{tenant}}/v2.0"}"""
            );
            return;
        }

        var form = await http.Request.ReadFormAsync();
        Asked.Enqueue((http.Request.Path, form.ToDictionary(pair => pair.Key, pair => pair.Value.ToString())));
        await Gate;
        http.Response.ContentType = "application/json";
        if (Refuses)
        {
            http.Response.StatusCode = 401;
            await http.Response.WriteAsync(
                """{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.","error_codes":[7000215],"trace_id":"t","correlation_id":"c"}"""
            );
            return;
        }

        var token = $"eyJ0.token{Interlocked.Increment(ref number)}.sig";
        await http.Response.WriteAsync(
            $$"""{"token_type":"Bearer","expires_in":{{Seconds}},"ext_expires_in":{{Seconds}},"access_token":"{{token}}"}"""
        );
    }
}
