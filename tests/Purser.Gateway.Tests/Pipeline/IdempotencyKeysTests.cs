using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Purser.Gateway.Pipeline;
using Purser.Providers;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline;

public sealed class IdempotencyKeysTests
{
    private readonly FakeTimeProvider clock = new();
    private readonly IdempotencyKeys keys;

    public IdempotencyKeysTests() => keys = new IdempotencyKeys(clock, capacity: 3);

    [Fact]
    public async Task Retries_wait_for_an_attempt_whose_client_left_and_one_of_them_follows_it()
    {
        using var client = new CancellationTokenSource();
        var first = await RunAsync("a", client.Token);
        first.Admitted();
        await client.CancelAsync();
        var (second, third) = (BeginAsync("a"), BeginAsync("a"));
        Assert.False(second.IsCompleted || third.IsCompleted);

        first.Dispose();
        var both = new[] { await second, await third };

        var winner = Assert.Single(both, begun => begun.Run is not null).Run!;
        Assert.Equal(first.Next, winner.Next);
        Assert.Equal("idempotency_in_progress", Assert.Single(both, begun => begun.Run is null).Refusal!.Code);
    }

    [Fact]
    public async Task An_attempt_that_does_not_end_is_waited_for_so_long_and_no_longer()
    {
        using var client = new CancellationTokenSource();
        using var first = await RunAsync("a", client.Token);
        await client.CancelAsync();
        var second = BeginAsync("a");

        clock.Advance(TimeSpan.FromSeconds(29.999));
        Assert.False(second.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal("idempotency_in_progress", (await second).Refusal!.Code);
    }

    [Fact]
    public async Task A_retry_whose_own_client_leaves_waits_no_longer()
    {
        using var client = new CancellationTokenSource();
        using var first = await RunAsync("a", client.Token);
        await client.CancelAsync();
        using var impatient = new CancellationTokenSource();
        var second = BeginAsync("a", impatient.Token);

        await impatient.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
    }

    [Fact]
    public async Task A_name_is_forgotten_a_day_after_its_last_attempt()
    {
        var id = await AttemptAsync("a");
        clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromSeconds(1));
        Assert.Equal(id, await AttemptAsync("a"));
        clock.Advance(TimeSpan.FromHours(24));

        Assert.NotEqual(id, await AttemptAsync("a"));
    }

    [Fact]
    public async Task Of_too_many_names_the_one_that_ended_first_goes_and_none_that_is_under_way()
    {
        using var underWay = await RunAsync("under way");
        var first = await AttemptAsync("0");
        var second = await AttemptAsync("1");
        await AttemptAsync("2");
        await AttemptAsync("3");

        Assert.Equal(4, keys.Count);
        Assert.Equal(second, await AttemptAsync("1"));
        Assert.NotEqual(first, await AttemptAsync("0"));
        Assert.Equal("idempotency_in_progress", (await BeginAsync("under way")).Refusal!.Code);
    }

    [Fact]
    public async Task After_255_attempts_there_is_no_next_one()
    {
        for (var i = 0; i < 255; i++)
        {
            await AttemptAsync("a");
        }

        using var last = await RunAsync("a");
        Assert.Null(last.Next);
        Assert.Equal((409, "idempotency_exhausted"), (RequestRun.Exhausted.Status, RequestRun.Exhausted.Code));
    }

    private async Task<Guid> AttemptAsync(string name)
    {
        using var run = await RunAsync(name);
        run.Admitted();
        return run.Summary.Request;
    }

    private async Task<RequestRun> RunAsync(string name, CancellationToken client = default) =>
        (await BeginAsync(name, client)).Run ?? throw new InvalidOperationException($"'{name}' was refused.");

    private async Task<(RequestRun? Run, Refusal? Refusal)> BeginAsync(string name, CancellationToken client = default)
    {
        var http = new DefaultHttpContext { RequestAborted = client };
        http.Request.Headers[IdempotencyKeys.Header] = name;
        http.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes("{}"));
        using var exchange = new Exchange(http, ProviderCatalog.Chat, Guid.NewGuid(), clock.GetUtcNow(), 0);
        Assert.Null(await exchange.ReadBodyAsync(new BodyLimits(100, Spill: null)));
        return await keys.BeginAsync(exchange, "key_1");
    }
}
