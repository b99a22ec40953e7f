namespace Purser.Providers;

/// <summary>Why a stream is ended before the model ended it.</summary>
/// <param name="Notice">One line for people, such as "the budget of team red is used up". Control characters are left out.</param>
public readonly record struct CutOff(string Notice);
