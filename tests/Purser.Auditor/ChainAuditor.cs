using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Purser.Auditor;

/// <summary>One entry of a journal as it's stored. Times are microseconds since 1970 UTC.</summary>
public sealed record AuditEntry(
    long Seq,
    long At,
    byte Kind,
    byte[] Request,
    byte Attempt,
    long AdmittedAt,
    long Nanos,
    long Tokens,
    long Requests,
    long[] Parts,
    int Marks,
    byte[] SubjectHash,
    byte[] RouteHash,
    byte[] Detail,
    byte[] Hash
);

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
            if (entry.Seq != ++seq || !HashOf(entry, previous).AsSpan().SequenceEqual(entry.Hash))
            {
                return seq;
            }

            previous = entry.Hash;
        }

        return null;
    }

    private static byte[] HashOf(AuditEntry entry, byte[] previous)
    {
        var bytes = new List<byte>(previous);
        bytes.AddRange(Of(entry.Seq));
        bytes.AddRange(Of(entry.At));
        bytes.Add(entry.Kind);
        bytes.AddRange(entry.Request);
        bytes.Add(entry.Attempt);
        bytes.AddRange(Of(entry.AdmittedAt));
        bytes.AddRange(Of(entry.Nanos));
        bytes.AddRange(Of(entry.Tokens));
        bytes.AddRange(Of(entry.Requests));
        foreach (var part in entry.Parts)
        {
            bytes.AddRange(Of(part));
        }

        bytes.AddRange(Of(entry.Marks)[..4]);
        byte[][] blobs = [entry.SubjectHash, entry.RouteHash, entry.Detail];
        foreach (var blob in blobs)
        {
            bytes.AddRange(Of(blob.Length)[..4]);
        }

        foreach (var blob in blobs)
        {
            bytes.AddRange(blob);
        }

        return SHA256.HashData(bytes.ToArray());
    }

    private static byte[] Of(long value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes;
    }
}
