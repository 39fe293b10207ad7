module.exports = { testMatch: ['**/*.jest.cjs'], setupFilesAfterEnv: ['./setup.cjs'], transform: {} };
