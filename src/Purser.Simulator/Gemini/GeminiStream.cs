using Purser.Simulator.Answers;
using Purser.Simulator.Http;

namespace Purser.Simulator.Gemini;

/// <summary>
/// A streamed answer: a chunk a token of thoughts, where they are shown, and of text; a chunk a call, since a call comes whole; and a last
/// chunk with the reason of its end. Each chunk has the usage so far. Candidates follow one another.
/// </summary>
internal sealed class GeminiStream(OutputBuffer to, Exchange exchange, GoogleRoute route)
{
    private readonly OutputBuffer chunk = new();
    private readonly GeminiFraming framing = new(to, route.IsSse, 0);

    /// <summary>The stream, step by step.</summary>
    public IEnumerable<Frame> Frames()
    {
        var json = new GeminiJson(chunk, exchange, route);
        for (var i = 0; i < exchange.Answers.Length; i++)
        {
            foreach (var frame in CandidateFrames(json, i, exchange.Answers[i]))
            {
                yield return frame;
            }
        }

        yield return Frame.Last;
        json.WriteLast(exchange.Answers.Length - 1);
        Send();
        framing.End();
        yield return Frame.Free;
    }

    private IEnumerable<Frame> CandidateFrames(GeminiJson json, int index, Answer answer)
    {
        if (answer.Thinking.Length == 0 && answer.ReasoningTokens > 0)
        {
            json.Thoughts += answer.ReasoningTokens;
            yield return new Frame(0, answer.ReasoningTokens);
        }

        for (var position = 0; position < answer.Thinking.Length; )
        {
            var end = Words.PieceEnd(answer.Thinking, position);
            json.Thoughts++;
            json.WritePiece(index, answer.Thinking.AsSpan(position..end), isThought: true);
            position = end;
            Send();
            yield return new Frame(0, 1);
        }

        for (var i = 0; i < answer.Tools.Count; i++)
        {
            json.Candidates += answer.Tools[i].Tokens;
            if (!answer.Tools[i].IsCut)
            {
                json.WriteCall(index, i);
                Send();
            }

            yield return new Frame(answer.Tools[i].Tokens);
        }

        for (var position = 0; position < answer.Text.Length; )
        {
            var length = answer.NextPiece(answer.Text.AsSpan(position), out var tokens);
            json.Candidates += tokens;
            json.WritePiece(index, answer.Text.AsSpan(position, length), isThought: false);
            position += length;
            Send();
            yield return new Frame(tokens);
        }

        if (index < exchange.Answers.Length - 1)
        {
            json.WriteLast(index);
            Send();
            yield return Frame.Free;
        }
    }

    private void Send()
    {
        framing.Write(chunk);
        chunk.Clear();
        exchange.NextEvent++;
    }
}
