namespace Purser.Providers;

/// <summary>Why a stream is ended before the model ended it.</summary>
/// <param name="Notice">One line for people, such as "the budget of team red is used up". Control characters are left out.</param>
/// <param name="InAnswer">Whether the notice may also be written into the answer, where that is safe; else it's a comment of the stream alone.</param>
public readonly record struct CutOff(string Notice, bool InAnswer = true);
