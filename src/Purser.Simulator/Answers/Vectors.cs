using System.Globalization;
using System.Runtime.InteropServices;
using Purser.Simulator.Http;

namespace Purser.Simulator.Answers;

/// <summary>Vectors of embeddings: of unit length, drawn from what is embedded, so that the same text always has the same one.</summary>
internal static class Vectors
{
    /// <summary>A vector.</summary>
    public static float[] Of(ulong seed, int dimensions)
    {
        var random = new SeededRandom(seed);
        var vector = new float[dimensions];
        var sum = 0.0;
        for (var i = 0; i < dimensions; i++)
        {
            vector[i] = (float)(random.Fraction() * 2 - 1);
            sum += vector[i] * vector[i];
        }

        var length = (float)Math.Sqrt(sum);
        for (var i = 0; i < dimensions; i++)
        {
            vector[i] /= length;
        }

        return vector;
    }

    /// <summary>Writes a vector as a JSON array.</summary>
    public static void Write(OutputBuffer to, float[] vector)
    {
        to.Add("["u8);
        Span<char> digits = stackalloc char[32];
        for (var i = 0; i < vector.Length; i++)
        {
            vector[i].TryFormat(digits, out var length, "R", CultureInfo.InvariantCulture);
            to.Add(i == 0 ? ""u8 : ","u8).AddAscii(digits[..length]);
        }

        to.Add("]"u8);
    }

    /// <summary>A vector's numbers as OpenAI encodes them: 32 bits each, the lowest byte first, in base 64.</summary>
    public static string Base64(float[] vector) => Convert.ToBase64String(MemoryMarshal.AsBytes(vector.AsSpan()));
}
