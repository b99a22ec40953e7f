using System.Text.Json;
using System.Text.Json.Serialization;

namespace Purser.Analytics;

/// <summary>
/// The folder of segments, and the list of those that count: <c>segments.json</c>, which is replaced as one. Files that aren't in it are what
/// a crash left, and go. The journal has all that is in any of them, so a folder that isn't what it was is made again.
/// </summary>
internal sealed class SegmentFolder
{
    // Raised when rows of an older version would be answered wrongly; the folder is then made again.
    private const int Version = 1;
    private static readonly JsonSerializerOptions Format = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new WholeNumber() },
    };

    private SegmentFolder(string path, IReadOnlyList<Segment> segments)
    {
        Path = path;
        Segments = segments;
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The segments that count, in the journal's order, without gaps.</summary>
    public IReadOnlyList<Segment> Segments { get; private set; }

    /// <summary>The number of the last entry that is in a segment.</summary>
    public long UpTo => Segments.Count == 0 ? 0 : Segments[^1].UpTo;

    /// <summary>Where files are that are being made.</summary>
    public string Making => System.IO.Path.Combine(Path, "making");

    /// <summary>Opens or makes a folder, and takes away what a crash left.</summary>
    public static SegmentFolder Open(string path)
    {
        Directory.CreateDirectory(path);
        var folder = new SegmentFolder(path, Read(path));
        if (Directory.Exists(folder.Making))
        {
            Directory.Delete(folder.Making, recursive: true);
        }

        Directory.CreateDirectory(folder.Making);
        folder.DeleteOthers();
        return folder;
    }

    /// <summary>The segments of a folder, which is only read; none where there is no list that can be read.</summary>
    public static IReadOnlyList<Segment> Read(string path)
    {
        try
        {
            var list = JsonSerializer.Deserialize<Listed>(File.ReadAllBytes(ListIn(path)), Format);
            var segments = list is { Version: Version } ? list.Segments ?? [] : [];
            var tile = segments.Zip(segments.Skip(1)).All(pair => pair.First.UpTo == pair.Second.After);
            return tile && segments.All(segment => File.Exists(System.IO.Path.Combine(path, segment.File))) ? segments : [];
        }
        catch (Exception exception) when (exception is IOException or JsonException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>A segment's file.</summary>
    public string FileOf(Segment segment) => System.IO.Path.Combine(Path, segment.File);

    /// <summary>Puts a file that was made in its place; it doesn't count yet.</summary>
    public void Place(string made, Segment segment)
    {
        Flush(made);
        var file = FileOf(segment);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        File.Move(made, file, overwrite: true);
    }

    /// <summary>Lets a segment count, in place of those whose entries it has.</summary>
    public void Take(Segment segment)
    {
        var segments = Segments.Where(other => other.UpTo <= segment.After || other.After >= segment.UpTo).Append(segment);
        Write([.. segments.OrderBy(other => other.After)]);
    }

    /// <summary>Lets no segment count.</summary>
    public void Clear() => Write([]);

    /// <summary>Takes away files that don't count.</summary>
    public void DeleteOthers()
    {
        var kept = Segments.Select(FileOf).ToHashSet(StringComparer.Ordinal);
        foreach (var day in Directory.EnumerateDirectories(Path, "day=*"))
        {
            foreach (var file in Directory.EnumerateFiles(day).Where(file => !kept.Contains(file)))
            {
                File.Delete(file);
            }

            if (!Directory.EnumerateFileSystemEntries(day).Any())
            {
                Directory.Delete(day);
            }
        }
    }

    private void Write(IReadOnlyList<Segment> segments)
    {
        var made = System.IO.Path.Combine(Making, AnalyticsStore.ListName);
        File.WriteAllBytes(made, JsonSerializer.SerializeToUtf8Bytes(new Listed(Version, segments), Format));
        Flush(made);
        File.Move(made, ListIn(Path), overwrite: true);
        Segments = segments;
    }

    private static string ListIn(string path) => System.IO.Path.Combine(path, AnalyticsStore.ListName);

    private static void Flush(string file)
    {
        using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(handle);
    }

    private sealed record Listed(int Version, IReadOnlyList<Segment>? Segments);

    /// <summary>Sums can be longer than 64 bits.</summary>
    private sealed class WholeNumber : JsonConverter<Int128>
    {
        public override Int128 Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            Int128.TryParse(reader.GetString(), System.Globalization.CultureInfo.InvariantCulture, out var value)
                ? value
                : throw new JsonException("A sum isn't a whole number.");

        public override void Write(Utf8JsonWriter writer, Int128 value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }
}
