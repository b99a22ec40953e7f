namespace Purser.Routing.Learning;

/// <summary>A prompt as all models' experts see it: found once for a request.</summary>
/// <param name="Point">Where it stands.</param>
/// <param name="Near">How near it is to each kernel's landmarks.</param>
/// <param name="Nearest">The training prompts that are most like it.</param>
internal sealed record Sight(PromptPoint Point, float[][] Near, Neighbour[] Nearest);
