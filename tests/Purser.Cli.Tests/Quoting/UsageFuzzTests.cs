using System.Diagnostics;
using System.Globalization;
using Purser.Cli.Quoting;
using Purser.Core.Usage;
using Purser.Providers;
using Purser.Providers.Bodies;
using Purser.Providers.Streams;

namespace Purser.Cli.Tests.Quoting;

/// <summary>
/// Whatever bytes are given to a reader of usage, it ends soon, throws nothing, and gives no negative or overflowing cost; a stream says the same
/// however it is cut. <c>./test --fuzz MINUTES</c> runs it for so long.
/// </summary>
public sealed class UsageFuzzTests
{
    private const int Usual = 5_000;

    // A case takes microseconds. What takes longer than this isn't the machine's other work any more.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    [Fact]
    public void No_bytes_break_a_reader_of_usage()
    {
        if (Number("PURSER_FUZZ_CASE") is { } only)
        {
            Check(only);
            return;
        }
        var first = Number("PURSER_FUZZ_SEED") ?? Stopwatch.GetTimestamp();
        var minutes = Number("PURSER_FUZZ_MINUTES");
        var watch = Stopwatch.StartNew();
        var reported = TimeSpan.Zero;
        var count = 0L;
        while (minutes is { } some ? watch.Elapsed < TimeSpan.FromMinutes(some) : count < Usual)
        {
            Check(first + count);
            count++;
            if (minutes is not null && watch.Elapsed - reported > TimeSpan.FromMinutes(1))
            {
                reported = watch.Elapsed;
                Say($"{count:N0} cases passed");
            }
        }
        if (minutes is not null)
        {
            Say($"{count:N0} cases passed, from the seed {first} on");
        }
    }

    private static void Check(long number)
    {
        var fuzz = FuzzCase.Of(number);
        var watch = Stopwatch.StartNew();
        try
        {
            CheckBody(fuzz);
            CheckStream(fuzz);
            UsageQuotes.Run(UsageVectors.Book, default, new MemoryStream(fuzz.Line), Stream.Null);
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"Again, alone: PURSER_FUZZ_CASE={number}\n{fuzz}", exception);
        }
        Assert.True(watch.Elapsed < Longest, $"PURSER_FUZZ_CASE={number} took {watch.Elapsed}\n{fuzz}");
    }

    private static void CheckBody(FuzzCase fuzz)
    {
        // Some of the vectors name an api that there isn't.
        if (BodyReaders.Find(fuzz.Provider, fuzz.Api, out _) is { } reader)
        {
            CheckUsage(fuzz, reader.Read(fuzz.Bytes, fuzz.Model));
        }
    }

    private static void CheckStream(FuzzCase fuzz)
    {
        if (Read(fuzz, [int.MaxValue]) is not { } whole)
        {
            return;
        }
        CheckUsage(fuzz, whole.Usage);
        Assert.True(whole.IsFinal || whole.Usage.Error is not null, "a stream that isn't at its end has no error");
        Assert.Equal(whole, Read(fuzz, fuzz.Sizes));
    }

    private static (BodyUsage Usage, bool IsFinal)? Read(FuzzCase fuzz, int[] sizes)
    {
        using var stream = StreamScans.Open(fuzz.Provider, fuzz.Api, fuzz.Model, out _);
        if (stream is null)
        {
            return null;
        }
        for (int at = 0, next = 0; at < fuzz.Bytes.Length; next++)
        {
            var length = Math.Min(sizes[next % sizes.Length], fuzz.Bytes.Length - at);
            stream.Feed(fuzz.Bytes.AsSpan(at, length));
            at += length;
        }
        return (stream.Complete(), stream.UsageIsFinal);
    }

    private static void CheckUsage(FuzzCase fuzz, BodyUsage usage)
    {
        Assert.True(usage.Error is null or { Length: > 0 and <= 1024 });
        Assert.True(usage.ProviderCostUsd is null or >= 0);
        Assert.InRange(usage.Video.Fresh, 0, 100 * UsageReading.MaxCount);
        Assert.InRange(usage.Video.CacheRead, 0, 100 * UsageReading.MaxCount);
        for (var index = 0; index < TokenUsage.ClassCount; index++)
        {
            Assert.InRange(usage.Usage[(UsageClass)index], 0, 100 * UsageReading.MaxCount);
        }
        var quote = UsageQuote.Price(UsageVectors.Book, usage, fuzz.Provider, fuzz.Model ?? "m", default);
        Assert.True(quote.Charge is null != quote.Error is null);
        if (quote.Charge is { } charge)
        {
            Assert.True(charge.ExactUsd >= 0);
            Assert.All(charge.Lines, line => Assert.True(line.Quantity >= 0 && line.Usd >= 0));
        }
    }

    private static void Say(FormattableString text) => Console.Error.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    private static long? Number(string variable) =>
        long.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : null;
}
