using System.IO.Compression;
using System.Security.Cryptography;
using Purser.Routing.Evidence;
using Purser.Routing.Understanding;

namespace Purser.Routing.Learning;

/// <summary>
/// The bytes of what was learned: a mark, the format's and the features' generation, the SHA-256 of what follows, and that, compressed.
/// A file that was altered isn't read.
/// </summary>
public static class ModelFile
{
    private const int Format = 2;
    private const int HashAt = 16;
    private const int BodyAt = HashAt + 32;

    private static ReadOnlySpan<byte> Mark => "PURSROUT"u8;

    /// <summary>Writes what was learned.</summary>
    public static byte[] Write(LearnedModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var predictor = model.Predictor;
        using var body = new MemoryStream();
        using (var packed = new BrotliStream(body, CompressionLevel.Fastest, leaveOpen: true))
        using (var writer = new BinaryWriter(packed))
        {
            WriteSpace(writer, predictor);
            writer.Write(predictor.Models.Count());
            foreach (var name in predictor.Models)
            {
                writer.Write(name);
                WriteExperts(writer, predictor[name]);
            }

            WriteHeldOut(writer, model.HeldOut);
        }

        var file = new byte[BodyAt + body.Length];
        Mark.CopyTo(file);
        BitConverter.TryWriteBytes(file.AsSpan(8), Format);
        BitConverter.TryWriteBytes(file.AsSpan(12), RequestReader.Generation);
        body.GetBuffer().AsSpan(0, (int)body.Length).CopyTo(file.AsSpan(BodyAt));
        SHA256.HashData(file.AsSpan(BodyAt), file.AsSpan(HashAt, 32));
        return file;
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It isn't a model file, is of another generation, or was altered; the message says which.</exception>
    public static LearnedModel Read(byte[] file)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (file.Length < BodyAt || !file.AsSpan(0, 8).SequenceEqual(Mark))
        {
            throw new InvalidDataException("not a router model");
        }

        if (BitConverter.ToInt32(file, 8) != Format || BitConverter.ToInt32(file, 12) != RequestReader.Generation)
        {
            throw new InvalidDataException("a router model of another version of purser: train it again");
        }

        var hash = file.AsSpan(HashAt, 32);
        if (!SHA256.HashData(file.AsSpan(BodyAt)).AsSpan().SequenceEqual(hash))
        {
            throw new InvalidDataException("the router model was altered: its hash isn't that of its content");
        }

        using var packed = new BrotliStream(new MemoryStream(file, BodyAt, file.Length - BodyAt), CompressionMode.Decompress);
        using var reader = new BinaryReader(packed);
        var space = new PromptSpace(
            new TermSpace(Numbers.ReadInts(reader), Numbers.ReadFloats(reader)),
            new LatentTopics(Numbers.ReadHalves(reader), reader.ReadInt32()),
            new Standard(Numbers.ReadFloats(reader), Numbers.ReadFloats(reader))
        );
        var kernels = new LandmarkKernel[reader.ReadInt32()];
        for (var at = 0; at < kernels.Length; at++)
        {
            kernels[at] = new LandmarkKernel(Numbers.ReadRows(reader), reader.ReadSingle());
        }

        var floors = Numbers.ReadFloats(reader);
        var models = new Dictionary<string, Experts>(StringComparer.Ordinal);
        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            models.Add(reader.ReadString(), ReadExperts(reader));
        }

        var predictor = new LearnedPredictor(Convert.ToHexStringLower(hash), space, kernels, floors, models);
        return new LearnedModel(predictor, ReadHeldOut(reader));
    }

    private static void WriteSpace(BinaryWriter writer, LearnedPredictor predictor)
    {
        Numbers.Write(writer, predictor.Space.Terms.Places);
        Numbers.Write(writer, [.. predictor.Space.Terms.Rarity]);
        Numbers.WriteHalves(writer, predictor.Space.Topics.Weights);
        writer.Write(predictor.Space.Topics.Count);
        Numbers.Write(writer, predictor.Space.Form.Means);
        Numbers.Write(writer, predictor.Space.Form.Scales);
        writer.Write(predictor.Kernels.Length);
        foreach (var kernel in predictor.Kernels)
        {
            Numbers.Write(writer, kernel.Landmarks);
            writer.Write(kernel.Narrowness);
        }

        Numbers.Write(writer, predictor.Floors);
    }

    private static void WriteHeldOut(BinaryWriter writer, IReadOnlyList<HeldOutRow> rows)
    {
        writer.Write(rows.Count);
        writer.Write([.. rows.Select(row => (byte)row.Class)]);
        var columns = HeldOutColumn.Of(rows);
        writer.Write(columns.Count);
        foreach (var (name, expected, scores) in columns)
        {
            writer.Write(name);
            Numbers.Write(writer, expected);
            Numbers.Write(writer, scores);
        }
    }

    private static IReadOnlyList<HeldOutRow> ReadHeldOut(BinaryReader reader)
    {
        TaskClass[] classes = [.. reader.ReadBytes(reader.ReadInt32()).Select(kind => (TaskClass)kind)];
        var columns = new HeldOutColumn[reader.ReadInt32()];
        for (var at = 0; at < columns.Length; at++)
        {
            columns[at] = new HeldOutColumn(reader.ReadString(), Numbers.ReadFloats(reader), Numbers.ReadFloats(reader));
        }

        return HeldOutColumn.Rows(classes, columns);
    }

    private static void WriteExperts(BinaryWriter writer, Experts experts)
    {
        writer.Write(experts.Mean);
        Numbers.Write(writer, experts.Linear);
        Numbers.Write(writer, experts.Kernels);
        Numbers.Write(writer, experts.Belief);
        foreach (var trees in experts.Trees)
        {
            trees.Write(writer);
        }

        writer.Write(experts.Calibration.Slope);
        writer.Write(experts.Calibration.Offset);
    }

    private static Experts ReadExperts(BinaryReader reader)
    {
        var mean = reader.ReadSingle();
        var linear = Numbers.ReadFloats(reader);
        var kernels = Numbers.ReadRows(reader);
        var belief = Numbers.ReadFloats(reader);
        var trees = Array.ConvertAll(belief, _ => BoostedTrees.Read(reader));
        return new Experts(mean, linear, kernels, trees, belief, new PlattScale(reader.ReadDouble(), reader.ReadDouble()));
    }
}
