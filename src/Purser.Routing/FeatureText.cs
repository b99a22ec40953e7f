using System.Text;
using Purser.Routing.Understanding;

namespace Purser.Routing;

/// <summary>
/// Features of a request as a short text, for who keeps them instead of the request: about a kilobyte, with numbers to three digits. It holds no
/// word, but hashes of words, so that whoever has a list of words can tell which of them were there: it's as private as that.
/// </summary>
public static class FeatureText
{
    private const byte Form = 1;

    // Texts of features that meant something else aren't taken for these.
    private static readonly int Names = NamesHash();

    /// <summary>Writes features.</summary>
    public static string Write(RequestFeatures features)
    {
        ArgumentNullException.ThrowIfNull(features);
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        writer.Write(Form);
        writer.Write(Names);
        writer.Write((byte)features.Class);
        writer.Write((Half)features.Difficulty);
        var dense = features.Dense.Index().Where(value => value.Item != 0).ToList();
        Write(writer, [.. dense.Select(value => value.Index)], [.. dense.Select(value => value.Item)]);
        Write(writer, features.Grams, features.Weights);
        writer.Flush();
        return Convert.ToBase64String(bytes.ToArray());
    }

    /// <summary>Reads what was written.</summary>
    /// <exception cref="FormatException">It's no such text, or one of another version's features.</exception>
    public static RequestFeatures Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            using var reader = new BinaryReader(new MemoryStream(Convert.FromBase64String(text)), Encoding.UTF8);
            if (reader.ReadByte() != Form || reader.ReadInt32() != Names)
            {
                throw new FormatException("The features are of another version of Purser.");
            }

            var (kind, difficulty) = ((TaskClass)reader.ReadByte(), (float)reader.ReadHalf());
            var dense = new float[FeatureNames.All.Count];
            var (places, values) = ReadPlaces(reader, dense.Length);
            for (var index = 0; index < places.Length; index++)
            {
                dense[places[index]] = values[index];
            }

            var (grams, weights) = ReadPlaces(reader, int.MaxValue);
            return Enum.IsDefined(kind) && reader.BaseStream.Position == reader.BaseStream.Length
                ? new RequestFeatures(kind, difficulty, dense, grams, weights)
                : throw new FormatException("The features can't be read.");
        }
        catch (EndOfStreamException end)
        {
            throw new FormatException("The features are cut off.", end);
        }
    }

    private static void Write(BinaryWriter writer, int[] places, float[] values)
    {
        writer.Write7BitEncodedInt(places.Length);
        var before = 0;
        for (var index = 0; index < places.Length; index++)
        {
            writer.Write7BitEncodedInt(places[index] - before);
            writer.Write((Half)values[index]);
            before = places[index];
        }
    }

    private static (int[] Places, float[] Values) ReadPlaces(BinaryReader reader, int below)
    {
        var count = reader.Read7BitEncodedInt();
        if (count < 0 || count > reader.BaseStream.Length)
        {
            throw new FormatException("The features can't be read.");
        }

        var (places, values, place) = (new int[count], new float[count], 0);
        for (var index = 0; index < count; index++)
        {
            place += reader.Read7BitEncodedInt();
            (places[index], values[index]) = (place, (float)reader.ReadHalf());
            if (place < 0 || place >= below)
            {
                throw new FormatException("The features can't be read.");
            }
        }

        return (places, values);
    }

    private static int NamesHash()
    {
        // FNV-1a: the same in every process.
        var hash = 2166136261u;
        foreach (var letter in string.Join('\n', FeatureNames.All))
        {
            hash = (hash ^ letter) * 16777619u;
        }

        return (int)hash;
    }
}
