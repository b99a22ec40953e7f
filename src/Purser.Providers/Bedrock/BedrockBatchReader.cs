using Purser.Providers.Bodies;

namespace Purser.Providers.Bedrock;

/// <summary>Bedrock's batch inference: <c>{"recordId","modelInput":{},"modelOutput":{}}</c>, or <c>"error"</c> in place of the output.</summary>
/// <param name="invoke">Reads the models' own bodies.</param>
/// <param name="converse">Reads Converse's.</param>
internal sealed class BedrockBatchReader(BodyReader invoke, BodyReader converse) : BatchBodyReader
{
    private protected override VideoInput Read(ReadOnlySpan<byte> body, string? model, UsageReading reading)
    {
        var output = BodyScan.Member(body, "modelOutput"u8);
        if (IsObject(output))
        {
            var isConverse = !BodyScan.Member(BodyScan.Member(output, "usage"u8), "inputTokens"u8).IsEmpty;
            return ReadAnswer(isConverse ? converse : invoke, output, model, reading);
        }
        return IsObject(BodyScan.Member(body, "error"u8)) ? NoAnswer(reading, "the record failed, and isn't billed") : NoLine(reading);
    }
}
