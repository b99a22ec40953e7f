using System.Runtime.InteropServices;

namespace Purser.Routing.Learning;

/// <summary>Arrays of numbers in a model file: a count, and the numbers in the machine's little-endian order.</summary>
internal static class Numbers
{
    private const int Most = 1 << 28;

    /// <summary>Writes numbers.</summary>
    public static void Write(BinaryWriter writer, int[] numbers)
    {
        writer.Write(numbers.Length);
        writer.Write(MemoryMarshal.AsBytes<int>(numbers));
    }

    /// <summary>Writes numbers.</summary>
    public static void Write(BinaryWriter writer, float[] numbers)
    {
        writer.Write(numbers.Length);
        writer.Write(MemoryMarshal.AsBytes<float>(numbers));
    }

    /// <summary>Writes numbers that half precision holds.</summary>
    public static void WriteHalves(BinaryWriter writer, float[] numbers)
    {
        writer.Write(numbers.Length);
        writer.Write(MemoryMarshal.AsBytes<Half>(Array.ConvertAll(numbers, number => (Half)number)));
    }

    /// <summary>Writes rows of numbers.</summary>
    public static void Write(BinaryWriter writer, IReadOnlyList<float[]> rows)
    {
        writer.Write(rows.Count);
        foreach (var row in rows)
        {
            Write(writer, row);
        }
    }

    /// <summary>Reads what was written.</summary>
    public static int[] ReadInts(BinaryReader reader)
    {
        var numbers = new int[Count(reader)];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(numbers.AsSpan()));
        return numbers;
    }

    /// <summary>Reads what was written.</summary>
    public static float[] ReadFloats(BinaryReader reader)
    {
        var numbers = new float[Count(reader)];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(numbers.AsSpan()));
        return numbers;
    }

    /// <summary>Reads what <see cref="WriteHalves"/> wrote.</summary>
    public static float[] ReadHalves(BinaryReader reader)
    {
        var numbers = new Half[Count(reader)];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(numbers.AsSpan()));
        return Array.ConvertAll(numbers, number => (float)number);
    }

    /// <summary>Reads what was written.</summary>
    public static float[][] ReadRows(BinaryReader reader)
    {
        var rows = new float[Count(reader)][];
        for (var at = 0; at < rows.Length; at++)
        {
            rows[at] = ReadFloats(reader);
        }

        return rows;
    }

    private static int Count(BinaryReader reader) =>
        reader.ReadInt32() is >= 0 and < Most and var count ? count : throw new InvalidDataException("a count is out of range");
}
