using System.Text.RegularExpressions;
using Purser.Gateway.Configuration;
using Xunit;

namespace Purser.Gateway.Tests.Alerts;

public sealed class WebhookReaderTests
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    [Fact]
    public void Webhooks_are_read()
    {
        var file = Parse(
            """
            alerts:
              webhooks:
                - name: ops
                  url: https://hooks.example.com/T0?token=${TOKEN}
                  secret: ${SECRET}
                  events: [purser.budget.exhausted, purser.ledger.fault]
                - name: local
                  url: http://127.0.0.1:9000/
                  secret: ${SECRET}
                  allow_private: true
            """
        );

        Assert.Empty(file.Errors);
        var (ops, local) = (file.Webhooks[0], file.Webhooks[1]);
        Assert.Equal("ops (https://hooks.example.com)", ops.ToString());
        Assert.Equal("https://hooks.example.com/T0?token=t", ops.Url.AbsoluteUri);
        Assert.Equal(24, Assert.Single(ops.Secrets).Length);
        Assert.False(ops.AllowPrivate);
        Assert.True(ops.Wants("purser.budget.exhausted"));
        Assert.False(ops.Wants("purser.budget.threshold"));
        Assert.True(local.AllowPrivate);
        Assert.True(local.Wants("purser.budget.threshold"));
    }

    [Theory]
    [InlineData(
        "url: http://hooks.example.com/",
        "4:12: 'url' must be https. (or 'allow_private: true' for a receiver in your own network)"
    )]
    [InlineData("url: ftp://hooks.example.com/", "4:12: 'url' must be an https URL.")]
    [InlineData(
        "url: https://u:p@hooks.example.com/",
        "4:12: 'url' can't have a user or password in it. (deliveries are signed with 'secret')"
    )]
    [InlineData(
        "url: https://169.254.169.254/latest?x=y",
        "4:12: 'url' has an address that is refused: it's link-local. ('allow_private: true' allows private ones)"
    )]
    [InlineData(
        "url: https://[::ffff:10.0.0.1]/",
        "4:12: 'url' has an address that is refused: it's private, inside IPv6. ('allow_private: true' allows private ones)"
    )]
    [InlineData(
        "url: https://0x7f000001/",
        "4:12: 'url' has an address that is refused: it's loopback. ('allow_private: true' allows private ones)"
    )]
    [InlineData(
        "url: https://${UNSET}",
        "4:12: The environment variable UNSET isn't set. (export UNSET=…)",
        "4:12: 'url' must be an https URL."
    )]
    public void A_wrong_url_is_found_without_quoting_it(string url, params string[] errors) =>
        Assert.Equal(
            errors.Select(error => $"purser.yml:{error}"),
            Errors($"alerts:\n  webhooks:\n    - name: ops\n      {url}\n      secret: {Secret}\n")
        );

    [Fact]
    public void Every_error_is_found_with_its_place()
    {
        Assert.Equal(
            [
                "purser.yml:2:3: 'webhook' isn't known here. (did you mean 'webhooks'?)",
                "purser.yml:5:7: 'evnts' isn't known here. (did you mean 'events'?)",
                "purser.yml:4:7: 'url' is missing.",
                "purser.yml:6:15: 'secret' must be whsec_ and the base64 of 24 to 64 random bytes. (make one: echo whsec_$(openssl rand -base64 32))",
                "purser.yml:7:7: There are two webhooks named 'a'.",
                "purser.yml:10:22: 'allow_private' can't be 'yes'. (one of true, false)",
                "purser.yml:11:16: 'purser.budget.thresold' is no type of alert. (one of purser.budget.threshold, purser.budget.forecast, purser.budget.exhausted, purser.budget.overage, purser.budget.asked, purser.model.unpriced, purser.usage.violation, purser.credential.refused, purser.batch.unsettled, purser.routing.reverted, purser.ledger.fault)",
                "purser.yml:12:7: A webhook is a mapping with name, url and secret.",
            ],
            Errors(
                """
                alerts:
                  webhook: []
                  webhooks:
                    - name: a
                      evnts: []
                      secret: topsecret
                    - name: a
                      url: https://hooks.example.com/
                      secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
                      allow_private: yes
                      events: [purser.budget.thresold]
                    - text
                """
            )
        );
    }

    [Fact]
    public void A_secret_is_not_quoted() =>
        Assert.DoesNotContain(
            Errors("alerts:\n  webhooks:\n    - name: ops\n      url: https://hooks.example.com/\n      secret: topsecret\n"),
            error => error.Contains("topsecret", StringComparison.Ordinal)
        );

    [Fact]
    public void The_guides_configuration_has_no_error()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Purser.slnx")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        var guide = File.ReadAllText(Path.Combine(folder, "docs", "alerts.md"));
        var yaml = guide.Split("```yaml\n")[1].Split("```")[0];
        var file = ConfigurationFile.Parse("alerts.md", yaml, _ => Secret);
        Assert.Empty(file.Errors);
        Assert.Equal(["ops", "pager"], file.Webhooks.Select(webhook => webhook.Name));
        // What the sample has as a comment is right, too.
        var sample = File.ReadAllText(Path.Combine(folder, "samples", "purser.yml"));
        var uncommented = Regex.Replace(sample[sample.IndexOf("# alerts:", StringComparison.Ordinal)..], "(?m)^# ", "");
        var parsed = ConfigurationFile.Parse("purser.yml", uncommented, _ => Secret);
        Assert.Empty(parsed.Errors);
        Assert.Single(parsed.Webhooks);
    }

    private static IEnumerable<string> Errors(string text) => Parse(text).Errors.Select(error => error.ToString());

    private static ConfigurationFile Parse(string text) =>
        ConfigurationFile.Parse(
            "purser.yml",
            text,
            name =>
                name switch
                {
                    "SECRET" => Secret,
                    "TOKEN" => "t",
                    _ => null,
                }
        );
}
