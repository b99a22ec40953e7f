using System.Buffers;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Core.Usage;
using Purser.Gateway.Storage;
using Xunit;

namespace Purser.Gateway.Tests.Storage;

/// <summary>Every class of usage is kept by the journal, the events and the export.</summary>
public sealed class UsageClassesTests
{
    [Fact]
    public void The_journal_keeps_each_class_and_no_more_than_were_used()
    {
        var few = Entry(new TokenUsage { [UsageClass.Input] = 7 });
        var all = default(TokenUsage);
        for (var i = 0; i < TokenUsage.ClassCount; i++)
        {
            all[(UsageClass)i] = 1000 + i;
        }

        Assert.Equal(all, Read(Entry(all)).Event!.Usage);
        Assert.Equal(7, Read(few).Event!.Usage[UsageClass.Input]);
        Assert.Equal(default, Read(Entry(default)).Event!.Usage);
        // One class is one byte for the array and one for the count; none is one byte.
        Assert.Equal(Bytes(Entry(default)) + 1, Bytes(few));
        Assert.Equal(few.Event!.Usage, Read(few).Event!.Usage);
    }

    [Fact]
    public async Task The_events_and_the_export_have_a_column_for_each_class()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        var usage = default(TokenUsage);
        for (var i = 0; i < TokenUsage.ClassCount; i++)
        {
            usage[(UsageClass)i] = 1000 + i;
        }

        var attempt = fixture.NextAttempt();
        await fixture.ReserveAsync(attempt, 50);
        await fixture.PostAsync(attempt, 20, known => known with { Usage = usage });
        await fixture.Store.FlushAsync();

        Assert.Empty(LedgerVerifier.Verify(fixture.Directory).Problems);
        using var writer = new StringWriter();
        LedgerExport.Write(fixture.Directory, writer, ExportFormat.Csv);
        var lines = writer.ToString().Split('\n');
        var heading = lines[0].Split(',');
        var row = lines.Select(line => line.Split(',')).Single(line => line.Contains("1000") && line.Contains("1035"));
        Assert.All(
            Enum.GetValues<UsageClass>(),
            usageClass => Assert.Equal($"{1000 + (int)usageClass}", row[Array.IndexOf(heading, UsageClassNames.Of(usageClass))])
        );
        // New columns come at the end.
        string[] newest = ["list_cost_usd", "contracted_cost_usd", "effective_cost_usd", "billed", "run", "repository", "branch"];
        Assert.Equal(newest, heading[^newest.Length..]);
        Assert.Equal("hash", heading[^(newest.Length + TokenUsage.ClassCount - (int)UsageClass.WebSearch)]);
    }

    [Fact]
    public void No_column_of_a_class_has_the_name_of_another_column() =>
        Assert.Equal(
            TokenUsage.ClassCount,
            Enum.GetValues<UsageClass>().Select(UsageClassNames.Of).Except(["request", "attempt", "status"]).Count()
        );

    private static JournalEntry Entry(TokenUsage usage)
    {
        var attempt = new AttemptId(Guid.CreateVersion7(), 1);
        return new()
        {
            Kind = JournalKind.Post,
            Attempt = attempt,
            SubjectId = 1,
            RouteId = 2,
            Amount = new Amount(new Money(1), 1, 1),
            Event = new UsageEvent
            {
                Attempt = attempt,
                StartedAt = 1,
                Outcome = Outcome.Completed,
                Usage = usage,
            },
        };
    }

    private static JournalEntry Read(JournalEntry entry)
    {
        var body = new ArrayBufferWriter<byte>();
        JournalCodec.Write(body, entry);
        return JournalCodec.Read(1, body.WrittenMemory);
    }

    private static int Bytes(JournalEntry entry)
    {
        var body = new ArrayBufferWriter<byte>();
        JournalCodec.Write(body, entry);
        return body.WrittenCount;
    }
}
