using System.Security.Cryptography;

namespace Purser.Auditor;

/// <summary>One entry of a journal as it's stored.</summary>
public sealed record AuditEntry(long Seq, byte[] Body, byte[] Hash);

/// <summary>Computes the hash chain of a journal with its own code (I7).</summary>
public static class ChainAuditor
{
    /// <summary>The first entry that isn't what was written, or null.</summary>
    public static long? FirstBad(IEnumerable<AuditEntry> entries)
    {
        var previous = new byte[32];
        var seq = 0L;
        foreach (var entry in entries)
        {
            if (entry.Seq != ++seq || !SHA256.HashData([.. previous, .. entry.Body]).AsSpan().SequenceEqual(entry.Hash))
            {
                return seq;
            }

            previous = entry.Hash;
        }

        return null;
    }
}
