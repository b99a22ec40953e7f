using System.Buffers.Binary;

namespace Purser.Simulator.OpenAIAudio;

/// <summary>How long a file of sound is.</summary>
internal static class Sound
{
    /// <summary>How many tokens a second of sound has.</summary>
    public const int TokensASecond = 10;

    // What isn't WAV is taken for 128 kbit/s.
    private const int OtherBytesASecond = 16_000;

    /// <summary>Its length in seconds: of WAV by its header, of other files by their size.</summary>
    public static double Seconds(ReadOnlySpan<byte> file)
    {
        var rate = file.Length > 44 && file.StartsWith("RIFF"u8) ? BinaryPrimitives.ReadInt32LittleEndian(file[28..]) : 0;
        return rate > 0 ? (file.Length - 44) / (double)rate : file.Length / (double)OtherBytesASecond;
    }
}
