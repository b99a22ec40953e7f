using Microsoft.Data.Sqlite;
using Purser.Analytics;
using Purser.Core.Ledger;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Analytics;

/// <summary>The hashes of segments that are in the journal.</summary>
internal static class SealedSegments
{
    /// <summary>For each file, the newest hash and its entry.</summary>
    public static Dictionary<string, (string Sha256, long Seq)> Read(SqliteConnection journal)
    {
        var known = new Dictionary<string, (string, long)>(StringComparer.Ordinal);
        foreach (var entry in JournalReader.Entries(journal, only: kind => kind == JournalKind.Control))
        {
            if (Segment.ReadNote(entry.Text!) is var (file, hash))
            {
                known[file] = (hash, entry.Seq);
            }
        }

        return known;
    }
}
