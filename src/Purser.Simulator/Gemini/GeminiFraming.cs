using Purser.Simulator.Http;

namespace Purser.Simulator.Gemini;

/// <summary>How the chunks of a stream are put: as events, or as the items of one array.</summary>
/// <param name="to">Takes them.</param>
/// <param name="isSse">Whether as events.</param>
/// <param name="before">How many chunks were written before.</param>
internal sealed class GeminiFraming(OutputBuffer to, bool isSse, int before)
{
    private int count = before;

    /// <summary>Writes a chunk.</summary>
    public void Write(OutputBuffer chunk)
    {
        if (isSse)
        {
            to.Add("data: "u8).Add(chunk.Written).Add("\r\n\r\n"u8);
        }
        else
        {
            IndentedJson.Write(to.Add(count == 0 ? "["u8 : ",\r\n"u8), chunk);
        }

        count++;
    }

    /// <summary>Ends the stream.</summary>
    public void End() => to.Add(isSse ? ""u8 : "\n]\n"u8);
}
