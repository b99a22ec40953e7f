using System.Globalization;
using Purser.Simulator.Answers;
using Purser.Simulator.Http;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Gemini;

/// <summary>The JSON of an answer, whole or in chunks. There are spaces after colons and none after commas, as in Google's events.</summary>
internal sealed class GeminiJson(OutputBuffer to, Exchange exchange, GoogleRoute route)
{
    private bool IsGemini3 => route.Model.StartsWith("gemini-3", StringComparison.Ordinal);

    // Gemini 3 Pro, the first of its series, gave calls no ids yet; on AI Studio and on Vertex the later ones do.
    private bool NamesCalls => IsGemini3 && !route.Model.StartsWith("gemini-3-", StringComparison.Ordinal);

    /// <summary>The tokens of text and calls so far.</summary>
    public int Candidates { get; set; }

    /// <summary>The tokens of thoughts so far.</summary>
    public int Thoughts { get; set; }

    /// <summary>Writes a whole answer.</summary>
    public void WriteWhole()
    {
        (Candidates, Thoughts) = (exchange.OutputTokens, exchange.ReasoningTokens);
        if (exchange.Answers[0].End == AnswerEnd.Blocked)
        {
            WriteBlocked();
            return;
        }

        to.Add("{\"candidates\": ["u8);
        for (var i = 0; i < exchange.Answers.Length; i++)
        {
            WriteCandidate(to.Add(i == 0 ? ""u8 : ","u8), i, exchange.Answers[i]);
        }

        to.Add("],"u8);
        WriteEnd(isLast: true);
    }

    /// <summary>Writes a chunk with a piece of text.</summary>
    public void WritePiece(int index, ReadOnlySpan<byte> text, bool isThought)
    {
        to.Add("{\"candidates\": [{\"content\": {\"parts\": [{\"text\": \""u8).AddJsonInner(text).Add("\""u8);
        to.Add(isThought ? ",\"thought\": true}"u8 : "}"u8).Add("],\"role\": \"model\"}"u8);
        CloseCandidate(index);
        WriteEnd(isLast: false);
    }

    /// <summary>Writes a chunk with a call.</summary>
    public void WriteCall(int index, int call)
    {
        to.Add("{\"candidates\": [{\"content\": {\"parts\": ["u8);
        WriteCallPart(exchange.Answers[index], call);
        to.Add("],\"role\": \"model\"}"u8);
        CloseCandidate(index);
        WriteEnd(isLast: false);
    }

    /// <summary>Writes the last chunk of a candidate: an empty text, which carries the signature of the thoughts, and the reason of the end.</summary>
    public void WriteLast(int index)
    {
        var answer = exchange.Answers[index];
        if (answer.End == AnswerEnd.Blocked)
        {
            WriteBlocked();
            return;
        }

        to.Add("{\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"\""u8);
        WriteSignature(answer.Tools.Count == 0 ? answer.Signature : null);
        to.Add("}],\"role\": \"model\"},\"finishReason\": \""u8).Add(FinishReason(answer)).Add("\""u8);
        CloseCandidate(index);
        WriteEnd(isLast: index == exchange.Answers.Length - 1);
    }

    private static ReadOnlySpan<byte> FinishReason(Answer answer) => answer.End == AnswerEnd.Length ? "MAX_TOKENS"u8 : "STOP"u8;

    private void WriteCandidate(OutputBuffer to, int index, Answer answer)
    {
        to.Add("{\"content\": {"u8);
        var parts = 0;
        if (answer.Thinking.Length > 0)
        {
            OpenPart(parts++);
            to.Add("{\"text\": \""u8).AddJsonInner(answer.Thinking).Add("\",\"thought\": true}"u8);
        }

        for (var i = 0; i < answer.Tools.Count; i++)
        {
            if (!answer.Tools[i].IsCut)
            {
                OpenPart(parts++);
                WriteCallPart(answer, i);
            }
        }

        if (answer.Text.Length > 0)
        {
            OpenPart(parts++);
            to.Add("{\"text\": \""u8).AddJsonInner(answer.Text).Add("\""u8);
            WriteSignature(answer.Signature);
            to.Add("}"u8);
        }

        // An answer that was all thoughts has no parts.
        to.Add(parts > 0 ? "],"u8 : ""u8).Add("\"role\": \"model\"},\"finishReason\": \""u8).Add(FinishReason(answer)).Add("\""u8);
        if (route.IsVertex)
        {
            to.Add(",\"avgLogprobs\": -0.25}"u8);
            return;
        }

        to.Add(",\"index\": "u8).Add(index);
        var isCall = answer.End == AnswerEnd.Tool && IsGemini3;
        to.Add(isCall ? ",\"finishMessage\": \"Model generated function call(s).\"}"u8 : "}"u8);
    }

    private void OpenPart(int part) => to.Add(part == 0 ? "\"parts\": ["u8 : ","u8);

    private void WriteCallPart(Answer answer, int call)
    {
        var tool = answer.Tools[call];
        to.Add("{\"functionCall\": {\"name\": "u8).AddJson(tool.Name).Add(",\"args\": "u8).Add(tool.Arguments);
        if (NamesCalls)
        {
            to.Add(",\"id\": \""u8).AddAscii(tool.Id).Add("\""u8);
        }

        to.Add("}"u8);

        // Of calls at once the first alone is signed.
        WriteSignature(call == 0 ? answer.Signature : null);
        to.Add("}"u8);
    }

    private void WriteSignature(string? signature)
    {
        if (signature is not null)
        {
            to.Add(",\"thoughtSignature\": \""u8).AddAscii(signature).Add("\""u8);
        }
    }

    private void CloseCandidate(int index)
    {
        if (!route.IsVertex || index > 0)
        {
            to.Add(",\"index\": "u8).Add(index);
        }

        to.Add("}],"u8);
    }

    private void WriteBlocked()
    {
        to.Add("{\"promptFeedback\": {\"blockReason\": \"PROHIBITED_CONTENT\"},"u8);
        WriteEnd(isLast: true);
    }

    private void WriteEnd(bool isLast)
    {
        if (exchange.SaysUsage)
        {
            to.Add("\"usageMetadata\": {"u8);
            WriteUsage(isLast);
            to.Add("},"u8);
        }

        to.Add("\"modelVersion\": \""u8).Add(exchange.Request.Model.AnswersJson);
        if (route.IsVertex)
        {
            var created = DateTimeOffset.FromUnixTimeSeconds(exchange.Created);
            to.Add("\",\"createTime\": \""u8).AddAscii(created.ToString("yyyy-MM-dd'T'HH:mm:ss'.000000Z'", CultureInfo.InvariantCulture));
        }

        to.Add("\",\"responseId\": \""u8).AddAscii(exchange.Id).Add("\"}"u8);
    }

    private void WriteUsage(bool isLast)
    {
        // Vertex tells the figures at a stream's end alone.
        if (route.IsVertex && !isLast)
        {
            to.Add("\"trafficType\": \"ON_DEMAND\""u8);
            return;
        }

        var (prompt, modalities) = (exchange.Prompt, exchange.Request.Modalities!);
        to.Add("\"promptTokenCount\": "u8).Add(prompt.Total);
        WriteCount(",\"candidatesTokenCount\": "u8, Candidates);
        to.Add(",\"totalTokenCount\": "u8).Add(prompt.Total + Candidates + Thoughts);
        WriteCount(",\"cachedContentTokenCount\": "u8, prompt.CacheRead);
        WriteDetails(",\"promptTokensDetails\": ["u8, modalities);
        if (prompt.CacheRead > 0)
        {
            WriteDetails(",\"cacheTokensDetails\": ["u8, modalities.First(prompt.CacheRead));
        }

        if (route.IsVertex && Candidates > 0)
        {
            to.Add(",\"candidatesTokensDetails\": [{\"modality\": \"TEXT\",\"tokenCount\": "u8).Add(Candidates).Add("}]"u8);
        }

        WriteCount(",\"thoughtsTokenCount\": "u8, Thoughts);
        if (route.IsVertex)
        {
            to.Add(",\"trafficType\": \"ON_DEMAND\""u8);
        }
        else
        {
            to.Add(",\"serviceTier\": "u8).AddJson(exchange.Request.ServiceTier);
        }
    }

    // What is zero isn't told.
    private void WriteCount(ReadOnlySpan<byte> name, long count)
    {
        if (count > 0)
        {
            to.Add(name).Add(count);
        }
    }

    private void WriteDetails(ReadOnlySpan<byte> name, ModalityTokens tokens)
    {
        to.Add(name);
        WriteDetails(to, tokens);
        to.Add("]"u8);
    }

    /// <summary>Writes tokens by modality, as the items of an array.</summary>
    public static void WriteDetails(OutputBuffer to, ModalityTokens tokens)
    {
        var written = 0;
        for (var i = 0; i < ModalityTokens.Names.Length; i++)
        {
            if (tokens[i] > 0)
            {
                to.Add(written++ == 0 ? ""u8 : ","u8).Add("{\"modality\": \""u8).AddAscii(ModalityTokens.Names[i]);
                to.Add("\",\"tokenCount\": "u8).Add(tokens[i]).Add("}"u8);
            }
        }
    }
}
