using System.Globalization;
using System.Text.Json;
using Purser.Core.Pricing.Audit;

namespace Purser.Cli.Audit;

/// <summary>A part of a file that couldn't be read, and why.</summary>
/// <param name="File">The file.</param>
/// <param name="Where">The line, or the path in the document.</param>
/// <param name="Why">Why not.</param>
internal sealed record UnreadableRow(string File, string Where, string Why);

/// <summary>What reading exports has come to: what was read is in the audit, the rest is named here.</summary>
/// <param name="audit">The audit.</param>
internal sealed class ExportReading(PriceAudit audit)
{
    /// <summary>Why a text of JSON can't be read.</summary>
    public const string NotUnicode = "a text in it is no Unicode";

    private const int Kept = 1000;

    private readonly List<UnreadableRow> unreadable = [];
    private readonly Dictionary<(string What, DateTimeOffset From), string> buckets = [];
    private readonly Dictionary<(string What, DateOnly Day), TimeSpan> widths = [];
    private readonly Dictionary<(string Provider, string What), bool> complete = [];
    private readonly SortedDictionary<string, long> leftOut = new(StringComparer.Ordinal);
    private readonly SortedSet<string> kinds = new(StringComparer.Ordinal);

    /// <summary>The audit.</summary>
    public PriceAudit Audit => audit;

    /// <summary>The file that is being read.</summary>
    public string File { get; set; } = "";

    /// <summary>The kind of export that it has to be; null for any.</summary>
    public string? From { get; init; }

    /// <summary>Rows that were read.</summary>
    public long Read { get; private set; }

    /// <summary>How many parts couldn't be read.</summary>
    public long UnreadableCount { get; private set; }

    /// <summary>The first thousand parts that couldn't be read.</summary>
    public IReadOnlyList<UnreadableRow> Unreadable => unreadable;

    /// <summary>What was read and has nothing to compare, by why.</summary>
    public IReadOnlyDictionary<string, long> LeftOut => leftOut;

    /// <summary>The kinds of exports that the files are.</summary>
    public IReadOnlyCollection<string> Kinds => kinds;

    /// <summary>Reads a row; what is wrong with it is noted, and the rest goes on.</summary>
    public void Row(string where, Action read)
    {
        try
        {
            read();
            Read++;
        }
        catch (FormatException wrong)
        {
            Fail(where, wrong.Message);
        }
        catch (InvalidOperationException)
        {
            // What a JSON text that can't be read as one throws.
            Fail(where, NotUnicode);
        }
    }

    /// <summary>Notes that a part couldn't be read.</summary>
    public void Fail(string where, string why)
    {
        UnreadableCount++;
        if (unreadable.Count < Kept)
        {
            unreadable.Add(new(File, where, why));
        }
    }

    /// <summary>Notes a row that has nothing to compare.</summary>
    public void Leave(string why) => leftOut[why] = leftOut.GetValueOrDefault(why) + 1;

    /// <summary>Sees that a part is of the kind that was asked for.</summary>
    public bool Is(string kind, string where)
    {
        if (From is { } wanted && wanted != kind)
        {
            Fail(where, $"this is an export of {kind}, and --from says {wanted}");
            return false;
        }
        kinds.Add(kind);
        return true;
    }

    /// <summary>The results of a bucket; null where there are none. One without a list of them is noted.</summary>
    public JsonElement? Results(JsonElement bucket, string where)
    {
        if (ExportFields.Member(bucket, "results") is not { ValueKind: JsonValueKind.Array } results)
        {
            Fail(where, "the bucket has no list of results");
            return null;
        }
        return results.GetArrayLength() > 0 ? results : null;
    }

    /// <summary>Whether a bucket is new: one that is there twice, or again in buckets of another length, would count twice.</summary>
    public bool TryAddBucket(string what, AuditPeriod period, string where)
    {
        var width = period.To - period.From;
        if (!buckets.TryAdd((what, period.From), File))
        {
            Fail(where, $"{what} of {Day(period.From)} are in {buckets[(what, period.From)]} already, and are counted once");
            return false;
        }
        if (!widths.TryAdd((what, period.Day), width) && widths[(what, period.Day)] != width)
        {
            Fail(where, $"{what} of {Day(period.From)} are in buckets of two lengths, and those of the first are counted");
            return false;
        }
        return true;
    }

    /// <summary>Notes a page of a list, and whether more follow.</summary>
    public void Page(string provider, string what, JsonElement page)
    {
        var last = ExportFields.Member(page, "has_more") is not { ValueKind: JsonValueKind.True };
        complete[(provider, what)] = complete.GetValueOrDefault((provider, what)) || last;
    }

    /// <summary>Says of lists of which the last page isn't there.</summary>
    public void NotePages()
    {
        foreach (var ((provider, what), isComplete) in complete)
        {
            if (!isComplete)
            {
                audit.Add(
                    new()
                    {
                        Name = "pages_missing",
                        Kind = FindingKind.Open,
                        Provider = provider,
                        Subject = what,
                        Evidence = "the last page says that more follow",
                        Action = "Export the other pages too, and give all of them: sums are too low without.",
                    },
                    what,
                    "pages"
                );
            }
        }
    }

    private static string Day(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
