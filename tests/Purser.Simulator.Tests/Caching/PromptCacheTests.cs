using Microsoft.Extensions.Time.Testing;
using Purser.Simulator.Caching;

namespace Purser.Simulator.Tests.Caching;

public class PromptCacheTests
{
    private readonly FakeTimeProvider time = new();
    private readonly PromptCache cache;

    public PromptCacheTests() => cache = new PromptCache(time);

    [Fact]
    public void A_marked_prefix_is_written_first_and_read_then()
    {
        PrefixPoint[] prompt = [new(1, 2000, CacheTtl.FiveMinutes), new(2, 2100, CacheTtl.None)];
        Assert.Equal(new PromptUsage(100, 0, 2000, 0), cache.Marked(prompt, 2100));
        Assert.Equal(new PromptUsage(100, 2000, 0, 0), cache.Marked(prompt, 2100));
    }

    [Fact]
    public void An_hour_mark_before_a_five_minute_mark_splits_the_write()
    {
        PrefixPoint[] prompt = [new(1, 2000, CacheTtl.OneHour), new(2, 2600, CacheTtl.FiveMinutes), new(3, 2650, CacheTtl.None)];
        Assert.Equal(new PromptUsage(50, 0, 600, 2000), cache.Marked(prompt, 2650));

        // After six minutes only the hour's prefix lives.
        time.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal(new PromptUsage(50, 2000, 600, 0), cache.Marked(prompt, 2650));
        Assert.Equal(new PromptUsage(50, 2600, 0, 0), cache.Marked(prompt, 2650));
    }

    [Fact]
    public void Each_use_starts_the_time_to_live_anew()
    {
        PrefixPoint[] prompt = [new(1, 2000, CacheTtl.FiveMinutes)];
        cache.Marked(prompt, 2000);
        time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(2000, cache.Marked(prompt, 2000).CacheRead);
        time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(2000, cache.Marked(prompt, 2000).CacheRead);
        time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(2000, cache.Marked(prompt, 2000).CacheWrite5m);
    }

    [Theory]
    [InlineData(19, 2000)] // the 20th block, counting the marked one: still looked at
    [InlineData(20, 0)]
    public void A_mark_that_moved_on_reads_what_it_wrote_within_twenty_blocks(int blocksLater, long read)
    {
        cache.Marked([new(1, 2000, CacheTtl.FiveMinutes)], 2000);
        var prompt = new List<PrefixPoint> { new(1, 2000, CacheTtl.None) };
        for (var i = 1; i <= blocksLater; i++)
        {
            prompt.Add(new PrefixPoint(100UL + (ulong)i, 2000 + i, i == blocksLater ? CacheTtl.FiveMinutes : CacheTtl.None));
        }

        Assert.Equal(read, cache.Marked(prompt, 2000 + blocksLater).CacheRead);
    }

    [Fact]
    public void Less_than_1024_tokens_are_not_cached()
    {
        PrefixPoint[] prompt = [new(1, 1023, CacheTtl.FiveMinutes)];
        Assert.Equal(new PromptUsage(1023, 0, 0, 0), cache.Marked(prompt, 1023));
        Assert.Equal(new PromptUsage(1023, 0, 0, 0), cache.Marked(prompt, 1023));
    }

    [Fact]
    public void Automatic_caching_reads_the_longest_known_step()
    {
        PrefixPoint[] first = [new(1, 1024, CacheTtl.None), new(2, 1152, CacheTtl.None)];
        PrefixPoint[] longer = [new(1, 1024, CacheTtl.None), new(2, 1152, CacheTtl.None), new(3, 1280, CacheTtl.None)];
        Assert.Equal(new PromptUsage(1200, 0, 0, 0), cache.Automatic(first, 1200, billsWrites: false));
        Assert.Equal(new PromptUsage(148, 1152, 0, 0), cache.Automatic(longer, 1300, billsWrites: false));
        Assert.Equal(new PromptUsage(20, 1280, 0, 0), cache.Automatic(longer, 1300, billsWrites: false));
    }

    [Fact]
    public void A_model_that_bills_writes_splits_what_it_did_not_read()
    {
        PrefixPoint[] prompt = [new(1, 1024, CacheTtl.None), new(2, 1152, CacheTtl.None)];
        Assert.Equal(new PromptUsage(48, 0, 1152, 0), cache.Automatic(prompt, 1200, billsWrites: true));
        Assert.Equal(new PromptUsage(48, 1152, 0, 0), cache.Automatic(prompt, 1200, billsWrites: true));
    }

    [Fact]
    public void Memory_is_bounded_and_what_is_used_stays()
    {
        PrefixPoint[] kept = [new(1, 2000, CacheTtl.OneHour)];
        cache.Marked(kept, 2000);
        for (var i = 0UL; i < PromptCache.MostPrefixes * 2; i++)
        {
            cache.Marked([new(1000 + i, 2000, CacheTtl.OneHour)], 2000);
            if (i % 100_000 == 0)
            {
                cache.Marked(kept, 2000);
            }
        }

        Assert.Equal(2000, cache.Marked(kept, 2000).CacheRead);
        Assert.Equal(0, cache.Marked([new(1000, 2000, CacheTtl.OneHour)], 2000).CacheRead);
    }
}
