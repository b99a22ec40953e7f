using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace Purser.Analytics;

/// <summary>Some consecutive entries of the journal as one Parquet file, which never changes.</summary>
/// <param name="After">The number of the entry before its first one.</param>
/// <param name="UpTo">The number of its last one.</param>
/// <param name="Day">The day on which its last entry was written, UTC.</param>
/// <param name="IsDay">Whether it's made of the smaller ones of its day.</param>
/// <param name="Rows">How many rows it has.</param>
/// <param name="Bytes">How long the file is.</param>
/// <param name="FirstStart">The earliest start of a request in it, microseconds since 1970 UTC.</param>
/// <param name="LastStart">The latest one.</param>
/// <param name="Nanos">What its rows cost, nano-dollars.</param>
/// <param name="Sha256">The file's hash, hexadecimal.</param>
/// <param name="SealedBy">The number of the entry of the journal that has the hash; 0 while there is none.</param>
public sealed record Segment(
    long After,
    long UpTo,
    DateOnly Day,
    bool IsDay,
    long Rows,
    long Bytes,
    long FirstStart,
    long LastStart,
    Int128 Nanos,
    string Sha256,
    long SealedBy
)
{
    /// <summary>What a control entry of the journal is about that seals one.</summary>
    public const string Member = "analytics_segment";

    /// <summary>Its file inside the folder of segments: <c>day=2026-11-24/000000000001-000000004711.parquet</c>.</summary>
    public string File =>
        string.Create(CultureInfo.InvariantCulture, $"day={Day:yyyy-MM-dd}/{After + 1:D12}-{UpTo:D12}{(IsDay ? "-day" : "")}.parquet");

    /// <summary>The text of the journal's entry that seals it.</summary>
    public string Note() =>
        JsonSerializer.Serialize(
            new Dictionary<string, object>
            {
                [Member] = File,
                ["after"] = After,
                ["up_to"] = UpTo,
                ["rows"] = Rows,
                ["nanos"] = Nanos.ToString(CultureInfo.InvariantCulture),
                ["sha256"] = Sha256,
            }
        );

    /// <summary>What such a text says; null where it's about something else.</summary>
    public static (string File, string Sha256)? ReadNote(string text)
    {
        // Nearly all changes are about something else.
        if (!text.Contains(Member, StringComparison.Ordinal))
        {
            return null;
        }

        using var note = JsonDocument.Parse(text);
        return note.RootElement.TryGetProperty(Member, out var file) && note.RootElement.TryGetProperty("sha256", out var hash)
            ? (file.GetString()!, hash.GetString()!)
            : null;
    }

    /// <summary>The SHA-256 of a file, hexadecimal.</summary>
    public static string HashOf(string path)
    {
        using var stream = System.IO.File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
