using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;
using Purser.Gateway.Alerts;
using Xunit;

namespace Purser.Gateway.Tests.Alerts;

public sealed class WebhookSenderTests
{
    private const string Body = """{"type":"purser.alert.test"}""";
    private readonly FakeTimeProvider clock = new(Sample.Noon);

    [Fact]
    public async Task A_delivery_is_a_signed_post()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        using var sender = new WebhookSender(clock);

        var result = await sender.SendAsync(receiver.Webhook(), "alert_1", Body, default);

        Assert.Equal(new SendResult(200, null), result);
        var received = await receiver.NextAsync();
        Assert.Equal("POST /hook?token=query-secret", received.Target);
        Assert.Equal("application/json", received.Headers["content-type"]);
        Assert.Equal("alert_1", received.Id);
        Assert.Equal(Body, System.Text.Encoding.UTF8.GetString(received.Body));
        received.AssertSigned(Sample.Noon);
    }

    [Theory]
    [InlineData(200, null)]
    [InlineData(204, null)]
    [InlineData(299, null)]
    [InlineData(301, "answered 301: redirects aren't followed")]
    [InlineData(404, "answered 404")]
    [InlineData(410, "answered 410")]
    [InlineData(500, "answered 500")]
    public async Task Success_is_2xx_alone(int status, string? error)
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.Answer = http =>
        {
            http.Response.StatusCode = status;
            http.Response.Headers.Location = "/elsewhere";
            return Task.CompletedTask;
        };
        using var sender = new WebhookSender(clock);

        Assert.Equal(new SendResult(status, error), await sender.SendAsync(receiver.Webhook(), "alert_1", Body, default));
        await receiver.NextAsync();
        Assert.Equal(0, receiver.Count);
    }

    [Theory]
    [InlineData("120", 120)]
    [InlineData("Tue, 24 Nov 2026 12:05:00 GMT", 300)]
    public async Task What_the_receiver_asks_to_wait_is_known(string header, int seconds)
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.Answer = http =>
        {
            http.Response.StatusCode = 503;
            http.Response.Headers.RetryAfter = header;
            return Task.CompletedTask;
        };
        using var sender = new WebhookSender(clock);

        var result = await sender.SendAsync(receiver.Webhook(), "alert_1", Body, default);
        Assert.Equal(TimeSpan.FromSeconds(seconds), result.RetryAfter);
    }

    [Fact]
    public async Task An_answer_without_end_is_not_read()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var closed = new TaskCompletionSource();
        receiver.Answer = async http =>
        {
            using var registration = http.RequestAborted.Register(closed.SetResult);
            var chunk = new byte[64 << 10];
            while (!http.RequestAborted.IsCancellationRequested)
            {
                await http.Response.Body.WriteAsync(chunk);
            }
        };
        using var sender = new WebhookSender(clock);

        Assert.True((await sender.SendAsync(receiver.Webhook(), "alert_1", Body, default)).Delivered);
        await closed.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_receiver_that_does_not_answer_is_left_after_ten_seconds()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.Answer = http => Task.Delay(Timeout.InfiniteTimeSpan, http.RequestAborted);
        using var sender = new WebhookSender(clock);

        var sending = sender.SendAsync(receiver.Webhook(), "alert_1", Body, default);
        await receiver.NextAsync();
        clock.Advance(TimeSpan.FromMilliseconds(9_999));
        Assert.False(sending.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(new SendResult(null, "no answer within 10 seconds"), await sending);
    }

    [Theory]
    [InlineData("127.0.0.1", "loopback")]
    [InlineData("10.1.2.3", "private")]
    [InlineData("169.254.169.254", "link-local")]
    [InlineData("::1", "loopback")]
    [InlineData("::ffff:127.0.0.1", "loopback, inside IPv6")]
    [InlineData("fd00:ec2::254", "a cloud's own")]
    public async Task A_name_that_leads_inside_is_refused_as_it_is_connected_to(string address, string what)
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        using var sender = new WebhookSender(clock, (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse(address)]));

        var result = await sender.SendAsync(receiver.Webhook(allowPrivate: false, host: "hooks.example.com"), "alert_1", Body, default);

        Assert.Equal(new SendResult(null, $"the address {address} is refused: it's {what}"), result);
        Assert.Equal(0, receiver.Count);
    }

    [Fact]
    public async Task A_name_that_meant_a_good_address_before_does_not_help()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var lookups = 0;
        // What a check before the connection would have seen is public; what the connection would get is this machine.
        using var sender = new WebhookSender(
            clock,
            (_, _) => Task.FromResult<IPAddress[]>([lookups++ == 0 ? IPAddress.Parse("127.0.0.1") : IPAddress.Parse("10.0.0.1")])
        );
        var trusted = receiver.Webhook("trusted", allowPrivate: true, host: "hooks.example.com");
        var guarded = receiver.Webhook("guarded", allowPrivate: false, host: "hooks.example.com");

        // One lookup: the address that was checked is the address that is connected to.
        Assert.True((await sender.SendAsync(trusted, "alert_1", Body, default)).Delivered);
        Assert.Equal(1, lookups);
        // And the connection made for the one isn't used for the other.
        Assert.Equal("the address 10.0.0.1 is refused: it's private", (await sender.SendAsync(guarded, "alert_2", Body, default)).Error);
        Assert.Equal(1, receiver.Count);
    }

    [Fact]
    public async Task Of_several_addresses_those_that_are_refused_are_passed_over()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        using var sender = new WebhookSender(
            clock,
            (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("169.254.169.254"), IPAddress.Loopback])
        );
        Assert.True((await sender.SendAsync(receiver.Webhook(host: "hooks.example.com"), "alert_1", Body, default)).Delivered);
    }

    [Fact]
    public async Task A_literal_address_is_checked_too()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        using var sender = new WebhookSender(clock);

        var result = await sender.SendAsync(receiver.Webhook(allowPrivate: false), "alert_1", Body, default);

        Assert.Equal("the address 127.0.0.1 is refused: it's loopback", result.Error);
        Assert.Equal(0, receiver.Count);
    }

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_is_refused()
    {
        using var key = RSA.Create(2048);
        using var certificate = new CertificateRequest(
            "CN=localhost",
            key,
            HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1
        ).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await using var receiver = await WebhookReceiver.StartAsync(certificate);
        using var sender = new WebhookSender(clock);

        var result = await sender.SendAsync(
            receiver.Webhook() with
            {
                Url = new Uri($"https://localhost:{receiver.Address.Port}/"),
            },
            "alert_1",
            Body,
            default
        );

        Assert.Equal(new SendResult(null, "its certificate isn't trusted"), result);
        Assert.Equal(0, receiver.Count);
    }

    [Fact]
    public async Task Where_nothing_listens_the_error_says_so_without_the_url()
    {
        var receiver = await WebhookReceiver.StartAsync();
        var webhook = receiver.Webhook();
        await receiver.DisposeAsync();
        using var sender = new WebhookSender(clock);

        Assert.Equal(new SendResult(null, "can't connect (ConnectionRefused)"), await sender.SendAsync(webhook, "alert_1", Body, default));
    }
}
