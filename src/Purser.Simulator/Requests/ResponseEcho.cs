namespace Purser.Simulator.Requests;

/// <summary>What OpenAI's responses repeat of their request, as members of a JSON object in the order in which they stand there.</summary>
/// <param name="BeforeModel">From the instructions on.</param>
/// <param name="AfterOutput">From <c>parallel_tool_calls</c> to the truncation.</param>
/// <param name="AfterUsage">The end user and the metadata.</param>
/// <param name="Input">The input, where the response is kept.</param>
/// <param name="Kept">Where the response is kept, so that a later request can go on from it; null where it isn't.</param>
internal sealed record ResponseEcho(byte[] BeforeModel, byte[] AfterOutput, byte[] AfterUsage, byte[] Input, KeptResponses? Kept);
