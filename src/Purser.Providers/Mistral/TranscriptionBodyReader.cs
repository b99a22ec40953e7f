using Purser.Core.Usage;
using Purser.Providers.Bodies;

namespace Purser.Providers.Mistral;

/// <summary>Mistral's transcriptions, which are billed by the time of the audio alone: the tokens that their usage states too are not.</summary>
internal sealed class TranscriptionBodyReader : BodyReader
{
    private protected override VideoInput Read(ReadOnlySpan<byte> body, string? model, UsageReading reading)
    {
        var scan = BodyScan.Of(body, "usage"u8, reading);
        var seconds = scan.Usage.IsEmpty ? 0 : AudioSeconds.Read(BodyScan.Member(scan.Usage, "prompt_audio_seconds"u8), reading);
        if (seconds == 0)
        {
            reading.AddViolation("the usage lacks prompt_audio_seconds");
            return default;
        }
        var usage = default(TokenUsage);
        usage[UsageClass.AudioSecond] = seconds;
        Set(reading, usage);
        return default;
    }
}
