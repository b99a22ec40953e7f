using System.Text;
using Purser.Core.Ledger;
using Purser.Gateway.Configuration;
using Purser.Gateway.Pipeline;
using Purser.Gateway.Pipeline.Resilience;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline.Resilience;

public sealed class RetryAdviceTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("Retry-After", "7", 7.0)]
    [InlineData("Retry-After", "0.5", 0.5)]
    [InlineData("Retry-After", "0", 0.0)]
    [InlineData("Retry-After", "Tue, 24 Nov 2026 12:00:30 GMT", 30.0)]
    [InlineData("Retry-After", "Tue, 24 Nov 2026 11:00:00 GMT", 0.0)]
    [InlineData("retry-after-ms", "250", 0.25)]
    [InlineData("Retry-After", "-1", null)]
    [InlineData("Retry-After", "soon", null)]
    [InlineData("Retry-After", "99999999999", null)]
    [InlineData("Other", "7", null)]
    public void The_pause_is_read_from_headers(string name, string value, double? seconds)
    {
        using var response = new HttpResponseMessage();
        response.Headers.TryAddWithoutValidation(name, value);

        Assert.Equal(seconds, RetryAdvice.Wait(response.Headers, default, Now)?.TotalSeconds);
    }

    [Fact]
    public void Milliseconds_win_over_seconds()
    {
        using var response = new HttpResponseMessage();
        response.Headers.TryAddWithoutValidation("Retry-After", "1");
        response.Headers.TryAddWithoutValidation("retry-after-ms", "20");

        Assert.Equal(20, RetryAdvice.Wait(response.Headers, default, Now)?.TotalMilliseconds);
    }

    [Theory]
    [InlineData("""{"error":{"code":429,"details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34s"}]}}""", 34.0)]
    [InlineData("""{"error":{"code":429,"details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"1.5s"}]}}""", 1.5)]
    [InlineData("""{"error":{"message":"\"retryDelay\" is not here"}}""", null)]
    [InlineData("""{"error":{"retryDelay":34}}""", null)]
    [InlineData("""{"error":{"retryDelay":"soon"}}""", null)]
    [InlineData("""{"error":{"retryDelay":""", null)]
    public void Googles_pause_is_read_from_the_body(string body, double? seconds)
    {
        using var response = new HttpResponseMessage();

        Assert.Equal(seconds, RetryAdvice.Wait(response.Headers, Encoding.UTF8.GetBytes(body), Now)?.TotalSeconds);
    }

    [Theory]
    [InlineData(400, false)]
    [InlineData(404, false)]
    [InlineData(408, true)]
    [InlineData(409, false)]
    [InlineData(413, false)]
    [InlineData(422, false)]
    [InlineData(500, true)]
    [InlineData(501, false)]
    [InlineData(502, true)]
    [InlineData(503, true)]
    [InlineData(504, true)]
    [InlineData(529, true)]
    public void Only_errors_that_may_pass_are_tried_again(int status, bool expected)
    {
        Assert.Equal(expected, FailureRules.MayTryAgain(Legs.Failed(status), stream: false, RetryBroken.Never));
        var forbidden = Legs.Failed(status);
        forbidden.ForbidsRetry = true;
        Assert.False(FailureRules.MayTryAgain(forbidden, stream: false, RetryBroken.Always));
    }

    [Theory]
    [InlineData(401, true)]
    [InlineData(402, true)]
    [InlineData(403, true)]
    [InlineData(429, false)]
    public void What_is_the_credentials_is_sent_with_another(int status, bool isRefused)
    {
        var result = Legs.Failed(status);
        result.ForbidsRetry = true;

        Assert.True(FailureRules.MayTryAgain(result, stream: false, RetryBroken.Never));
        Assert.Equal((true, isRefused), (FailureRules.IsCredentials(result), FailureRules.RefusesCredential(result)));
    }

    [Theory]
    [InlineData("""{"error":{"code":400,"status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}""", true)]
    [InlineData("""{"error":{"code":400,"message":"\"API_KEY_INVALID\" is what I said","status":"INVALID_ARGUMENT"}}""", false)]
    public void Google_says_with_400_that_a_key_is_unknown(string body, bool expected)
    {
        using var response = new HttpResponseMessage();
        using var buffer = new PooledBuffer();
        var bytes = Encoding.UTF8.GetBytes(body);
        bytes.CopyTo(buffer.GetMemory(bytes.Length));
        buffer.Advance(bytes.Length);
        var result = Legs.Failed(400);

        RetryAdvice.Take(result, response.Headers, buffer, Now);

        Assert.Equal(expected, FailureRules.RefusesCredential(result));
    }

    [Theory]
    [InlineData(RetryBroken.Streams, true, true)]
    [InlineData(RetryBroken.Streams, false, false)]
    [InlineData(RetryBroken.Always, false, true)]
    [InlineData(RetryBroken.Never, true, false)]
    public void What_the_provider_may_bill_is_tried_again_as_configured(RetryBroken configured, bool stream, bool expected)
    {
        foreach (var outcome in (Outcome[])[Outcome.Cut, Outcome.Timeout])
        {
            Assert.Equal(expected, FailureRules.MayTryAgain(new CallResult { Outcome = outcome }, stream, configured));
        }

        Assert.Equal(expected, FailureRules.MayTryAgain(Legs.Failed(200), stream, configured));
    }

    [Theory]
    [InlineData(Outcome.Completed)]
    [InlineData(Outcome.ClientClosed)]
    [InlineData(Outcome.CutOff)]
    public void What_is_no_failure_of_the_provider_is_not_tried_again(Outcome outcome) =>
        Assert.False(FailureRules.MayTryAgain(new CallResult { Outcome = outcome, Status = 200 }, stream: true, RetryBroken.Always));

    [Fact]
    public void What_took_as_long_as_its_price_allows_is_not_tried_again()
    {
        var result = new CallResult { Outcome = Outcome.Timeout, IsOverLimit = true };

        Assert.False(FailureRules.MayTryAgain(result, stream: true, RetryBroken.Always));
        Assert.False(FailureRules.IsProvidersFault(result));
    }
}
