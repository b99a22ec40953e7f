using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Purser.Gateway.Configuration;
using Xunit;

namespace Purser.Gateway.Tests.Alerts;

/// <summary>A receiver on a real socket: keeps what it gets, and answers what a test tells it to.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly Channel<Received> received = Channel.CreateUnbounded<Received>();

    private WebhookReceiver(WebApplication app) => this.app = app;

    public Uri Address { get; private set; } = null!;

    /// <summary>How many came and weren't taken yet.</summary>
    public int Count => received.Reader.Count;

    /// <summary>Answers each delivery; 200 unless a test says otherwise.</summary>
    public Func<HttpContext, Task> Answer { get; set; } = _ => Task.CompletedTask;

    /// <summary>Starts one; over TLS where a certificate is given.</summary>
    public static async Task<WebhookReceiver> StartAsync(X509Certificate2? certificate = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(
                IPAddress.Loopback,
                0,
                listen =>
                {
                    if (certificate is not null)
                    {
                        listen.UseHttps(certificate);
                    }
                }
            )
        );
        var app = builder.Build();
        var receiver = new WebhookReceiver(app);
        app.Run(async http =>
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            var headers = http.Request.Headers.ToDictionary(
                header => header.Key,
                header => header.Value.ToString(),
                StringComparer.OrdinalIgnoreCase
            );
            receiver.received.Writer.TryWrite(
                new Received($"{http.Request.Method} {http.Request.Path}{http.Request.QueryString}", headers, body.ToArray())
            );
            await receiver.Answer(http);
        });
        await app.StartAsync();
        receiver.Address = new Uri(app.Urls.First());
        return receiver;
    }

    /// <summary>The next delivery, once it's here.</summary>
    public async Task<Received> NextAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        return await received.Reader.ReadAsync(patience.Token);
    }

    /// <summary>A webhook that points here.</summary>
    public WebhookOptions Webhook(string name = "ops", bool allowPrivate = true, string? host = null) =>
        new()
        {
            Name = name,
            Url = new Uri($"http://{host ?? "127.0.0.1"}:{Address.Port}/hook?token=query-secret"),
            Secrets = [Convert.FromBase64String("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")],
            AllowPrivate = allowPrivate,
        };

    public ValueTask DisposeAsync() => app.DisposeAsync();
}

internal sealed record Received(string Target, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Id => Headers["webhook-id"];

    /// <summary>Verifies as a receiver does, from the specification's text: HMAC-SHA256 of "id.timestamp.body" under the decoded secret.</summary>
    public void AssertSigned(DateTimeOffset at)
    {
        var timestamp = Headers["webhook-timestamp"];
        Assert.Equal(at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), timestamp);
        using var hmac = new HMACSHA256(Convert.FromBase64String("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
        var expected = hmac.ComputeHash(Encoding.UTF8.GetBytes($"{Id}.{timestamp}.{Encoding.UTF8.GetString(Body)}"));
        Assert.Equal($"v1,{Convert.ToBase64String(expected)}", Headers["webhook-signature"]);
    }
}
